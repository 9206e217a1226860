FROM python:3.12-bookworm AS build
RUN pip install --no-cache-dir weasyprint==62.3 pydyf==0.11.0

FROM python:3.12-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/lib/python3.12/site-packages /usr/local/lib/python3.12/site-packages
CMD ["python", "-c", "import weasyprint; print(weasyprint.__version__)"]
