# escape=`
FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc `
    libc6-dev
COPY hello.c /src/
RUN gcc -o /usr/local/bin/hello /src/hello.c

FROM debian:bookworm
COPY --from=build /usr/local/bin/hello /usr/local/bin/hello
CMD ["hello"]
