FROM debian:bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
COPY app.c lib.c lib.map /src/
RUN gcc -shared -fPIC -Wl,--version-script=/src/lib.map -Wl,-soname,libtell.so.1 -o /usr/local/lib/libtell.so.1 /src/lib.c \
    && ln -s libtell.so.1 /usr/local/lib/libtell.so && gcc -o /usr/local/bin/app /src/app.c -L/usr/local/lib -ltell && ldconfig

FROM debian:bookworm
COPY --from=build /usr/local/lib/libtell.so.1 /usr/local/lib/libtell.so.1
RUN ldconfig
COPY --from=build /usr/local/bin/app /usr/local/bin/app
CMD ["app"]
