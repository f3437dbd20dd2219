<#
.SYNOPSIS
Installs nsauth from a release for the current user. It needs no administrator.

.DESCRIPTION
Downloads checksums.txt and the archive for this system, compares the SHA-256, and copies
nsauth.exe to %LOCALAPPDATA%\Programs\nsauth or -Dir. It refuses an archive without a
checksum. An old nsauth.exe stays if anything fails. Works in Windows PowerShell 5.1
and in PowerShell 7.

.EXAMPLE
powershell -ExecutionPolicy Bypass -File install.ps1
#>
param(
    [string]$Version = '',  # such as 1.0.0; default: the latest
    [string]$Dir = '',      # the folder for nsauth.exe
    [string]$From = ''      # the URL of the folder with both files, for a mirror
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'  # its display makes downloads slow
$repository = 'https://github.com/nsauth/nsauth'

function Stop-Install([string]$Message) {
    throw "install.ps1: $Message"
}

# Test-AllowedUrl refuses what is not encrypted, except on this machine.
function Test-AllowedUrl([uri]$Url) {
    if (-not $Url.IsAbsoluteUri -or $Url.UserInfo) { return $false }
    return $Url.Scheme -eq 'https' -or ($Url.Scheme -eq 'http' -and $Url.IsLoopback)
}

function Get-Target {
    $processor = $env:PROCESSOR_ARCHITECTURE
    if ($env:PROCESSOR_ARCHITEW6432) { $processor = $env:PROCESSOR_ARCHITEW6432 }
    switch ($processor) {
        'AMD64' { return 'windows_amd64' }
        'ARM64' { return 'windows_arm64' }
        default { Stop-Install "there is no release for the processor $processor; build nsauth with Go instead" }
    }
}

# Save-File downloads a file, and refuses a redirect to an address that is not encrypted.
function Save-File([string]$Name, [string]$Folder) {
    $url = "$From/$Name"
    try {
        $response = Invoke-WebRequest -UseBasicParsing -Uri $url -OutFile (Join-Path $Folder $Name) -PassThru
    }
    catch {
        Stop-Install "cannot download ${url}: $($_.Exception.Message); nothing was installed"
    }
    $end = $response.BaseResponse.ResponseUri  # Windows PowerShell
    if (-not $end) { $end = $response.BaseResponse.RequestMessage.RequestUri }  # PowerShell 7
    if (-not (Test-AllowedUrl $end)) { Stop-Install "$url leads to $end, which is not https; nothing was installed" }
}

# Find-Archive finds the archive for this system, and its checksum, in checksums.txt.
function Find-Archive([string]$Path, [string]$Target) {
    $rows = @(Get-Content -LiteralPath $Path | Where-Object { $_ -cmatch "^[0-9a-f]{64}  nsauth_[^/\\]+_$Target\.zip$" })
    if ($rows.Count -ne 1) {
        Stop-Install "checksums.txt lists $($rows.Count) archives for $Target, want 1; another page may have answered at $From; nothing was installed"
    }
    $sum, $name = $rows[0] -split '  ', 2
    if ($Version -and $name -cne "nsauth_${Version}_$Target.zip") {
        Stop-Install "$From has $name, not version $Version; nothing was installed"
    }
    return @{ Sum = $sum; Name = $name }
}

function Install-Nsauth {
    $target = Get-Target
    [Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
    $temp = Join-Path ([IO.Path]::GetTempPath()) ('nsauth-' + [guid]::NewGuid())
    New-Item -ItemType Directory -Path $temp | Out-Null
    try {
        Save-File 'checksums.txt' $temp
        $archive = Find-Archive (Join-Path $temp 'checksums.txt') $target
        Write-Output "downloading $($archive.Name)"
        Save-File $archive.Name $temp
        $zip = Join-Path $temp $archive.Name
        $actual = (Get-FileHash -Algorithm SHA256 -LiteralPath $zip).Hash.ToLowerInvariant()
        if ($actual -cne $archive.Sum) {
            Stop-Install "$($archive.Name) is not the file of the release: its SHA-256 is $actual, want $($archive.Sum); nothing was installed"
        }
        $unpacked = Join-Path $temp 'unpacked'
        Expand-Archive -LiteralPath $zip -DestinationPath $unpacked
        $program = Get-ChildItem -LiteralPath $unpacked -Recurse -Filter nsauth.exe | Select-Object -First 1
        if (-not $program) { Stop-Install "$($archive.Name) has no nsauth.exe; nothing was installed" }
        $is = & $program.FullName version
        if ($LASTEXITCODE -ne 0) { Stop-Install "the program of $($archive.Name) does not run on this system; nothing was installed" }
        New-Item -ItemType Directory -Force -Path $Dir | Out-Null
        $new = Join-Path $Dir 'nsauth.new.exe'
        try {
            Copy-Item -LiteralPath $program.FullName -Destination $new -Force
            Move-Item -LiteralPath $new -Destination (Join-Path $Dir 'nsauth.exe') -Force
        }
        finally {
            Remove-Item -LiteralPath $new -Force -ErrorAction SilentlyContinue
        }
        Write-Output "installed $is to $Dir\nsauth.exe"
    }
    finally {
        Remove-Item -LiteralPath $temp -Recurse -Force -ErrorAction SilentlyContinue
    }
    if (($env:Path -split ';') -notcontains $Dir) {
        Write-Output 'add it to your PATH, then open a new terminal:'
        Write-Output "  [Environment]::SetEnvironmentVariable('Path', [Environment]::GetEnvironmentVariable('Path', 'User') + ';$Dir', 'User')"
    }
    Write-Output "try it: & '$Dir\nsauth.exe' doctor --demo"
    Write-Output "uninstall: Remove-Item '$Dir\nsauth.exe'"
}

$Version = $Version -replace '^v', ''
if (-not $Dir) { $Dir = Join-Path $env:LOCALAPPDATA 'Programs\nsauth' }
if (-not $From) {
    $From = "$repository/releases/latest/download"
    if ($Version) { $From = "$repository/releases/download/v$Version" }
}
$From = $From.TrimEnd('/')
if (-not (Test-AllowedUrl $From)) { Stop-Install "not an https URL: $From" }
Install-Nsauth
