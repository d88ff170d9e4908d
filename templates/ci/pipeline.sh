#!/usr/bin/env bash
# Builds a release of {{service}}, proves it in five stages and deploys it: deploy/pipeline.sh RELEASE
# `gantry` finds its API by GANTRY_API and GANTRY_TOKEN (of key:ci-{{service}}), or by what `gantry login` has kept. Where there is
# none it comes from that API, by npm with Node 20.20 or newer.
# Fails with the first stage that fails, and where the release does not come to serve: the last lines say why.
set -euo pipefail
release=$1
# For whom it is deployed, and who wrote it, by names that the policy knows: they do not approve it.
requester=${GANTRY_REQUESTER:-key:{{requester}}}
author=${GANTRY_AUTHOR:-$requester}

if ! command -v gantry >/dev/null; then
  : "${GANTRY_API:?says where the API is}"
  cli=$(mktemp -d)
  trap 'rm -rf "$cli"' EXIT
  npm install --global --prefix "$cli" "${GANTRY_API%/}/cli.tgz"
  export PATH="$cli/bin:$PATH"
fi

built=$(deploy/build "$release")
# Two variables, of which neither has blanks.
export $built

# What each stage runs stands in deploy/stage.
gantry evidence run --stage integration {{artifact}} "$ARTIFACT" --junit reports/integration.xml -- deploy/stage integration
gantry evidence run --stage context {{artifact}} "$ARTIFACT" --junit reports/context.xml -- deploy/stage context
gantry evidence run --stage system {{artifact}} "$ARTIFACT" --junit reports/system.xml -- deploy/stage system
gantry evidence run --stage learning {{artifact}} "$ARTIFACT" --junit reports/learning.xml -- deploy/stage learning
gantry evidence run --stage production {{artifact}} "$ARTIFACT" --junit reports/production.xml -- deploy/stage production

gantry deploy --release "$release" {{artifact}} "$ARTIFACT" --uri "$URI" --reason "${GANTRY_REASON:-Release $release}" \
  --on-behalf-of "$requester" --author "$author" --watch --until ended
