FROM python:3.12-bookworm AS build
RUN addgroup --system keepers && mkdir /data && echo secret > /data/key && chgrp -R keepers /data && chmod 750 /data && chmod 640 /data/key

FROM python:3.12-slim-bookworm
RUN addgroup --system keepers && mkdir /data && echo secret > /data/key && chgrp -R keepers /data && chmod 750 /data && chmod 640 /data/key
RUN adduser --system --ingroup keepers keeper
USER keeper
CMD ["cat", "/data/key"]
