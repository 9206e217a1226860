FROM debian:bookworm
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pkg-resources
COPY app.py /app/
CMD ["python3", "/app/app.py"]
