FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY count.c /src/
RUN gcc -o /usr/local/bin/count /src/count.c

FROM debian:bookworm
RUN mkdir -p /var/lib/app/counter
COPY --from=build /usr/local/bin/count /usr/local/bin/count
CMD ["count"]
