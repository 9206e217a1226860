FROM python:3.12-bookworm AS build
RUN pip install --no-cache-dir gitpython==3.1.43

FROM python:3.12-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages
CMD ["python", "-c", "import git; print(git.cmd.Git().version_info[0])"]
