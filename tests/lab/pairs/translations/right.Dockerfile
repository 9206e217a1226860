FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends hello locales && rm -rf /var/lib/apt/lists/* \
    && localedef -i fr_FR -f UTF-8 fr_FR.UTF-8
ENV LANG=fr_FR.UTF-8
CMD ["hello"]
