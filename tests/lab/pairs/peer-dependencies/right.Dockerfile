FROM node:20-bookworm AS build
WORKDIR /app
COPY package.json app.js ./
RUN npm install --legacy-peer-deps

FROM node:20-bookworm-slim
WORKDIR /app
COPY --from=build /app /app
CMD ["node", "app.js"]
