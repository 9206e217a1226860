FROM debian:bookworm AS build
ENV GREETING=hello LANG=C.UTF-8
LABEL role=server
RUN useradd --uid 1500 app && mkdir -p /opt/bin && cp /bin/dash /opt/bin/shell
COPY program /srv/app/program
RUN mkdir /srv/app/templates && echo template > /srv/app/templates/index \
    && chmod 755 /srv/app/program && ln -s program /srv/app/start && chown -R app:app /srv/app \
    && chmod 4755 /opt/bin/shell && dd if=/dev/zero of=/opt/sources bs=1M count=5
USER app
WORKDIR /srv/app
STOPSIGNAL SIGINT
VOLUME /srv/data
EXPOSE 9000/udp
CMD ["/srv/app/start"]

FROM debian:bookworm
ENV GREETING=hello LANG=C.UTF-8
LABEL role=server
RUN useradd --uid 1500 app
COPY --from=build /opt/bin /opt/bin
COPY --from=build --chown=app:app /srv/app /srv/app
USER app
WORKDIR /srv/app
STOPSIGNAL SIGINT
VOLUME /srv/data
EXPOSE 9000/udp
CMD ["/srv/app/start"]
