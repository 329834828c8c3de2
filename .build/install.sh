#!/bin/sh
# Installs fazt from a release: fetches its manifest, proves it, and puts the file in place.
#   sh install.sh URL [--key KEY] [--dir DIR] [--allow-unsigned]
# URL is the folder of the release, or its fazt-release.json. KEY is the Ed25519 public key of
# whoever makes it (base64); without one only --allow-unsigned installs, and trusts the connection.
set -eu
umask 022

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $1"; [ $# -lt 2 ] || say "hint: $2"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

url='' key='' dir='' unsigned=''
while [ $# -gt 0 ]; do
  case $1 in
    --key) [ $# -gt 1 ] || die "--key needs a value"; key=$2; shift ;;
    --dir) [ $# -gt 1 ] || die "--dir needs a value"; dir=$2; shift ;;
    --allow-unsigned) unsigned=1 ;;
    -h|--help) sed -n '2,5s/^# //p' "$0"; exit 0 ;;
    -*) die "there is no option $1" "sh install.sh --help" ;;
    *) [ -z "$url" ] || die "one address is enough"; url=$1 ;;
  esac
  shift
done
[ -n "$url" ] || die "say where the release is" "sh install.sh https://example.com/fazt/ --key KEY"
case $url in
  https://*|http://localhost[:/]*|http://127.0.0.1[:/]*) ;;
  *) die "the address must begin with https://" ;;
esac
case $url in */) url=${url}fazt-release.json ;; esac

# Android's own C library does not run it: Termux needs a Debian inside.
case ${PREFIX:-} in
  */com.termux/*)
    say "This is Termux, whose system library cannot run fazt. Inside a Debian it can:"
    say "  pkg install proot-distro && proot-distro install debian"
    say "  proot-distro login debian -- sh -c 'apt-get update && apt-get install -y curl openssl'"
    say "  proot-distro login debian -- sh /path/to/install.sh $url --key KEY"
    exit 1 ;;
esac

case $(uname -s) in Linux) os=unknown-linux-gnu ;; Darwin) os=apple-darwin ;;
  *) die "there is no fazt for $(uname -s)" ;; esac
case $(uname -m) in x86_64|amd64) cpu=x86_64 ;; aarch64|arm64) cpu=aarch64 ;;
  *) die "there is no fazt for $(uname -m)" ;; esac
target=$cpu-$os

if has sha256sum; then sum() { sha256sum "$1" | cut -d' ' -f1; }
elif has shasum; then sum() { shasum -a 256 "$1" | cut -d' ' -f1; }
elif has openssl; then sum() { openssl dgst -sha256 -r "$1" | cut -d' ' -f1; }
else die "nothing here makes SHA-256 sums" "install coreutils"; fi
if has curl; then
  # What an https address leads to must be https too.
  case $url in https:*) proto='=https' ;; *) proto='=https,http' ;; esac
  get() { curl -fsSL --proto "$proto" --max-redirs 5 -o "$2" "$1"; }
elif has wget; then get() { wget -q -O "$2" "$1"; }
else die "neither curl nor wget is here" "install one of them"; fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT INT TERM
get "$url" "$work/release" || die "cannot get $url"

if [ -n "$key" ]; then
  has openssl || die "openssl is needed to prove the release" "install openssl"
  get "$url.sig" "$work/sig" || die "the release is not signed"
  line=$(grep -m 1 -F "ed25519 $key " "$work/sig") || die "the release is not signed with $key"
  printf '%s' "${line##* }" | openssl base64 -d -A > "$work/signature"
  # A raw key as a SubjectPublicKeyInfo (RFC 8410): twelve bytes before its 32.
  { printf '\060\052\060\005\006\003\053\145\160\003\041\000'
    printf '%s' "$key" | openssl base64 -d -A; } > "$work/key.der"
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin \
    -in "$work/release" -sigfile "$work/signature" >/dev/null 2>&1 ||
    die "the signature does not match" "get the release from elsewhere"
elif [ -z "$unsigned" ]; then
  die "nobody proves this release" "--key KEY, or --allow-unsigned to trust the connection alone"
fi

# One file of the manifest a line; fields in any order.
tr -d '\n' < "$work/release" | sed 's/.*"files"[^[]*\[//; s/}/}\n/g' | grep -F "\"$target\"" |
  head -n 1 > "$work/file"
[ -s "$work/file" ] || die "the release has no file for $target"
text() { sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p" "$work/file"; }
number() { sed -n "s/.*\"$1\"[[:space:]]*:[[:space:]]*\([0-9][0-9]*\).*/\1/p" "$work/file"; }
file=$(text url) want=$(text sha256) size=$(number size)
[ -n "$file" ] && [ ${#want} -eq 64 ] && [ -n "$size" ] || die "the release cannot be read"
case $file in
  https://*) ;;
  *://*) die "the file's address must begin with https://" ;;
  /*) file=$(printf '%s' "$url" | sed 's#^\([a-z]*://[^/]*\).*#\1#')$file ;;
  *) file=${url%/*}/$file ;;
esac

if [ -z "$dir" ]; then
  if [ "$(id -u)" = 0 ]; then dir=/usr/local/bin; else dir=$HOME/.local/bin; fi
fi
mkdir -p -- "$dir"
new=$(mktemp "$dir/.fazt-XXXXXX") || die "cannot write to $dir" "--dir DIR"
trap 'rm -rf -- "$work" "$new"' EXIT INT TERM
say "getting $file"
get "$file" "$new" || die "cannot get $file"
have=$(wc -c < "$new" | tr -d ' ')
[ "$have" = "$size" ] || die "the file is cut off: $have of $size bytes" "try again"
[ "$(sum "$new")" = "$want" ] || die "the file is another one: its SHA-256 is not the release's"
chmod 755 "$new"
"$new" version >/dev/null || die "it does not run on this machine"
mv -f -- "$new" "$dir/fazt"
"$dir/fazt" version
case :$PATH: in *:"$dir":*) ;; *) say "add $dir to PATH" ;; esac
say "start it: fazt server start; as a service: fazt service install --dry-run"
