# Builds Gantry and runs it as a user without rights. One image; the command says what it does (api, worker, migrate).
# By digest: --build-arg NODE_IMAGE=node:24.21.0-bookworm-slim@sha256:… (docs/security.md).
ARG NODE_IMAGE=node:24.21.0-bookworm-slim
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --ignore-scripts
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
COPY bin bin
COPY templates templates
COPY LICENSE ./
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates git && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY templates templates
COPY package.json LICENSE ./
RUN mkdir /records /keys /trust && chown node:node /records /keys /trust
# Whom the commands of procedures run as where the worker is root; somebody who owns nothing.
RUN useradd --system --uid 10002 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin gantry-commands
USER node
ENV GANTRY_RECORDS=/records GANTRY_COMMAND_USER=gantry-commands
ENTRYPOINT ["node", "/app/bin/gantry.js"]
CMD ["--help"]
