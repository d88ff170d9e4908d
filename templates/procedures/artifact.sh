# Sourced by the command beside it: gets an artifact, and unpacks it only where it is the one that was approved.

# unpack_release URI DIGEST FOLDER: the folder is there as a whole or not at all.
unpack_release() {
  if [ -d "$3" ]; then return; fi
  mkdir -p "$(dirname "$3")"
  work=$(mktemp -d "$3.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  case "$1" in
    file:/*) cp "${1#file:}" "$work/artifact" ;;
    https://*) curl --fail --silent --show-error --location --proto =https --max-time 100 --output "$work/artifact" "$1" ;;
    *)
      echo "$1 cannot be fetched: its artifact must be at file:/… or https://…" >&2
      exit 1
      ;;
  esac
  local found
  found=$(sha256sum "$work/artifact")
  if [ "sha256:${found%% *}" != "$2" ]; then
    echo "$1 is sha256:${found%% *}, not $2" >&2
    exit 1
  fi
  mkdir "$work/release"
  unpack "$work/artifact" "$work/release"
  mv -T "$work/release" "$3"
}

# point LINK FOLDER: the link leads to the folder from one moment to the next.
point() {
  ln -sfn "$2" "$1.next"
  mv -T "$1.next" "$1"
}
