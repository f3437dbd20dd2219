#!/bin/sh
# Installs nsauth from a release for the current user. It needs no root:
#
#   sh install.sh [--version VERSION] [--dir FOLDER] [--from URL]
#
# It downloads checksums.txt and the archive for this system, compares the SHA-256, and
# copies the program to ~/.local/bin or FOLDER. It refuses an archive without a checksum.
# URL is the folder with both files, for a mirror. An old nsauth stays if anything fails.
#
# The last line calls main, so that nothing of a half downloaded script runs.
set -eu

repository=https://github.com/nsauth/nsauth

main() {
  version= from= dir=
  while [ $# -gt 0 ]; do
    case $1 in
      --version | --dir | --from)
        [ $# -gt 1 ] && [ -n "$2" ] || fail "$1 needs a value"
        case $1 in
          --version) version=${2#v} ;;
          --dir) dir=$2 ;;
          --from) from=${2%/} ;;
        esac
        shift 2
        ;;
      -h | --help)
        echo "usage: sh install.sh [--version VERSION] [--dir FOLDER] [--from URL]"
        exit 0
        ;;
      *) fail "unknown argument: $1; sh install.sh --help lists the options" ;;
    esac
  done
  if [ -z "$dir" ]; then
    [ -n "${HOME:-}" ] || fail "HOME is not set; pass --dir FOLDER"
    dir=$HOME/.local/bin
  fi
  if [ -z "$from" ]; then
    from=$repository/releases/latest/download
    [ -z "$version" ] || from=$repository/releases/download/v$version
  fi
  allowed_url "$from"
  find_target
  find_downloader
  find_sha256
  command -v tar >/dev/null || fail "tar is missing; install it first"

  temp=$(mktemp -d) || fail "cannot create a temporary folder"
  new=
  trap 'rm -rf "$temp"; [ -z "$new" ] || rm -f "$new"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP

  download checksums.txt
  find_archive
  echo "downloading $archive"
  download "$archive"
  actual=$(sha256 <"$temp/$archive")
  [ "${actual%% *}" = "$sum" ] ||
    fail "$archive is not the file of the release: its SHA-256 is ${actual%% *}, want $sum; nothing was installed"
  mkdir "$temp/unpacked"
  tar -xzf "$temp/$archive" -C "$temp/unpacked" || fail "$archive cannot be unpacked; nothing was installed"
  for program in "$temp/unpacked/nsauth" "$temp/unpacked"/*/nsauth; do
    [ ! -f "$program" ] || break
  done
  [ -f "$program" ] || fail "$archive has no nsauth; nothing was installed"
  chmod 755 "$program"
  is=$("$program" version) || fail "the program of $archive does not run on this system; nothing was installed"
  install_program
  echo "installed $is to $dir/nsauth"
  advise
}

fail() {
  echo "install.sh: $*" >&2
  exit 1
}

# allowed_url URL refuses what is not encrypted, except on this machine.
allowed_url() {
  case $1 in
    *@*) fail "a URL with a user name: $1" ;;
    https://*) scheme=https ;;
    http://127.0.0.1 | http://127.0.0.1[:/]* | http://localhost | http://localhost[:/]* | "http://[::1]" | "http://[::1]"[:/]*) scheme=http ;;
    *) fail "not an https URL: $1" ;;
  esac
}

find_target() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) machine=amd64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) fail "there is no release for the processor $machine; build nsauth with Go instead" ;;
  esac
  case $system in
    Linux) target=linux_$machine ;;
    Darwin) target=darwin_universal ;;
    MINGW* | MSYS* | CYGWIN*) fail "on Windows run install.ps1 in PowerShell" ;;
    *) fail "there is no release for the system $system; build nsauth with Go instead" ;;
  esac
}

find_downloader() {
  if command -v curl >/dev/null; then
    downloader=curl
  elif ! command -v wget >/dev/null; then
    fail "curl or wget is missing; install one of them first"
  elif wget --version 2>/dev/null | grep -q 'GNU Wget' || [ "$scheme" = http ]; then
    downloader=wget
  else
    fail "this wget does not verify certificates; install curl first"
  fi
}

# download NAME downloads a file of the release to the temporary folder.
download() {
  url=$from/$1
  status=0
  case $downloader in
    curl) curl --fail --silent --show-error --location --proto "=$scheme" --proto-redir "=$scheme" --tlsv1.2 --retry 2 --output "$temp/$1" "$url" || status=$? ;;
    wget)
      # wget has no option against a redirect from https to http: such a request fails at this proxy.
      if [ "$scheme" = https ]; then
        http_proxy=http://127.0.0.1:9 wget -q -O "$temp/$1" "$url" || status=$?
      else
        wget -q -O "$temp/$1" "$url" || status=$?
      fi
      ;;
  esac
  [ "$status" = 0 ] || fail "cannot download $url ($downloader ended with $status); nothing was installed"
}

find_sha256() {
  if command -v sha256sum >/dev/null; then
    sha256() { sha256sum; }
  elif command -v shasum >/dev/null; then
    sha256() { shasum -a 256; }
  elif command -v openssl >/dev/null; then
    sha256() { openssl dgst -sha256 -r; }
  else
    fail "sha256sum, shasum or openssl is needed to verify the download; install one of them first"
  fi
}

# find_archive finds the archive for this system, and its checksum, in checksums.txt.
find_archive() {
  archive= sum=
  while read -r value name rest; do
    case $name in
      */*) ;;
      nsauth_*"_$target.tar.gz")
        [ -z "$archive" ] || fail "checksums.txt lists both $archive and $name; nothing was installed"
        archive=$name sum=$value
        ;;
    esac
  done <"$temp/checksums.txt"
  [ -n "$archive" ] ||
    fail "checksums.txt lists no archive for $target; another page may have answered at $from; nothing was installed"
  case $sum in *[!0-9a-f]*) sum= ;; esac
  [ ${#sum} = 64 ] || fail "checksums.txt has no SHA-256 for $archive; nothing was installed"
  [ -z "$version" ] || [ "$archive" = "nsauth_${version}_$target.tar.gz" ] ||
    fail "$from has $archive, not version $version; nothing was installed"
}

# install_program replaces an older program only when the new one is complete.
install_program() {
  mkdir -p "$dir" && dir=$(cd "$dir" && pwd) || fail "cannot create $dir; pass another --dir"
  new=$dir/.nsauth.new.$$
  cp "$program" "$new" && chmod 755 "$new" || fail "cannot write to $dir; pass another --dir"
  [ ! -d "$dir/nsauth" ] || fail "$dir/nsauth is a folder; pass another --dir"
  mv -f "$new" "$dir/nsauth" || fail "cannot replace $dir/nsauth"
  new=
}

advise() {
  case :$PATH: in
    *":$dir:"*)
      found=$(command -v nsauth || true)
      [ "$found" = "$dir/nsauth" ] || echo "note: $found comes first in PATH"
      ;;
    *) echo "add this line to ~/.profile, or to your shell's own file: export PATH=\"$dir:\$PATH\"" ;;
  esac
  echo "try it: $dir/nsauth doctor --demo"
  echo "uninstall: rm $dir/nsauth"
}

main "$@"
