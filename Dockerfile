FROM python:3.13-slim AS dependencies
COPY .ci/runtime.lock /tmp/runtime.lock
RUN python -m venv /opt/avatar-bot \
    && /opt/avatar-bot/bin/pip install --no-cache-dir --require-hashes -r /tmp/runtime.lock

FROM python:3.13-slim
ENV PATH=/opt/avatar-bot/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
COPY --from=dependencies /opt/avatar-bot /opt/avatar-bot
COPY bot /app/bot
COPY manifest.yml /app/
RUN useradd --uid 10001 --no-create-home avatar-bot \
    && install --directory --owner avatar-bot --group avatar-bot /data
USER avatar-bot
# The embedded database lies in the working directory; with DATABASE_URL=postgresql://… nothing is written here.
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '3000') + '/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "bot"]
CMD ["serve"]
