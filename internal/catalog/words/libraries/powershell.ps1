# PowerShell 7.4, without a module: pwsh netsuite.ps1
$ErrorActionPreference = 'Stop'
function Encode([byte[]] $Bytes) { [Convert]::ToBase64String($Bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_') }
function EncodeJson($Object) { Encode ([Text.Encoding]::UTF8.GetBytes(($Object | ConvertTo-Json -Compress))) }

$target = 'https://' + $env:NETSUITE_ACCOUNT_ID.ToLowerInvariant().Replace('_', '-') + '.suitetalk.api.netsuite.com'
$tokenUrl = "$target/services/rest/auth/oauth2/v1/token"
$now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
$header = [ordered]@{ typ = 'JWT'; alg = 'PS256'; kid = $env:NETSUITE_CERTIFICATE_ID }
$claims = [ordered]@{ iss = $env:NETSUITE_CLIENT_ID; scope = 'rest_webservices'; aud = $tokenUrl; iat = $now; exp = $now + 300 }
$unsigned = (EncodeJson $header) + '.' + (EncodeJson $claims)
$key = [Security.Cryptography.RSA]::Create()
$key.ImportFromPem((Get-Content -Raw -LiteralPath $env:NETSUITE_PRIVATE_KEY_PATH))
$signature = $key.SignData([Text.Encoding]::ASCII.GetBytes($unsigned),
    [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pss)
$answer = Invoke-RestMethod -Method Post -Uri $tokenUrl -Body @{
    grant_type            = 'client_credentials'
    client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
    client_assertion      = "$unsigned.$(Encode $signature)"
}
$headers = @{ Authorization = "Bearer $($answer.access_token)" }
Invoke-RestMethod -Uri "$target/services/rest/system/v1/serverTime" -Headers $headers
