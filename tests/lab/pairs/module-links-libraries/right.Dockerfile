FROM python:3.12-bookworm AS build
RUN pip install --no-cache-dir uwsgi==2.0.26

FROM python:3.12-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libxml2 media-types && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages
COPY --from=build /usr/local/bin/uwsgi /usr/local/bin/uwsgi
CMD ["uwsgi", "--version"]
