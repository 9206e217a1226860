FROM node:20-bookworm AS build
RUN npm install -g semver@7.6.3

FROM node:20-bookworm-slim
COPY --from=build /usr/local/lib/node_modules/semver /usr/local/lib/node_modules/semver
RUN ln -s ../lib/node_modules/semver/bin/semver.js /usr/local/bin/semver
CMD ["semver", "1.2.3"]
