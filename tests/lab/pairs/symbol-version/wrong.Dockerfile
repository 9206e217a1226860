FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY app.c lib.c lib.map /src/
RUN gcc -shared -fPIC -Wl,--version-script=/src/lib.map -Wl,-soname,libtell.so.1 -o /usr/local/lib/libtell.so.1 /src/lib.c \
    && ln -s libtell.so.1 /usr/local/lib/libtell.so && gcc -o /usr/local/bin/app /src/app.c -L/usr/local/lib -ltell && ldconfig

# stands for a base of an older release
FROM debian:bookworm AS older
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY lib.c old.map /src/
RUN gcc -shared -fPIC -Wl,--version-script=/src/old.map -Wl,-soname,libtell.so.1 -o /usr/lib/x86_64-linux-gnu/libtell.so.1 /src/lib.c

FROM debian:bookworm
COPY --from=older /usr/lib/x86_64-linux-gnu/libtell.so.1 /usr/local/lib/libtell.so.1
RUN ldconfig
COPY --from=build /usr/local/bin/app /usr/local/bin/app
CMD ["app"]
