#!/usr/bin/env bash
# Proves a release of {{service}} in five stages and deploys it: deploy/pipeline.sh RELEASE ARTIFACT
# `gantry` finds its API by GANTRY_API and GANTRY_TOKEN (of key:ci-{{service}}), or by what `gantry login` has kept.
# Fails with the first stage that fails, and where the release does not come to serve: `gantry deploy` says why.
set -euo pipefail
release=$1
artifact=$2
# Where the deployment gets it from: in a pipeline most often the store that this build was uploaded to, https://…
uri={{uri}}
# For whom it is deployed, and who wrote it: they do not approve it. Both by a name that the policy knows.
requester=${GANTRY_REQUESTER:-key:{{requester}}}
author=${GANTRY_AUTHOR:-$requester}

# What each stage runs stands in deploy/stage.
gantry evidence run --stage integration {{artifact}} "$artifact" --junit reports/integration.xml -- deploy/stage integration
gantry evidence run --stage context {{artifact}} "$artifact" --junit reports/context.xml -- deploy/stage context
gantry evidence run --stage system {{artifact}} "$artifact" --junit reports/system.xml -- deploy/stage system
gantry evidence run --stage learning {{artifact}} "$artifact" --junit reports/learning.xml -- deploy/stage learning
gantry evidence run --stage production {{artifact}} "$artifact" --junit reports/production.xml -- deploy/stage production

gantry deploy --release "$release" {{artifact}} "$artifact" --uri "$uri" --reason "${GANTRY_REASON:-Release $release}" \
  --on-behalf-of "$requester" --author "$author" --watch --until ended
