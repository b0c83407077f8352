# What is installed stands in the lock with its hashes; pip comes with the base and stays outside of the environment.
FROM python:3.13-slim AS environment
WORKDIR /build
COPY .ci/runtime.lock ./
RUN python -m venv --without-pip /opt/avatar-bot \
    && python -m pip --python /opt/avatar-bot/bin/python install --no-cache-dir --only-binary :all: --no-deps \
        --require-hashes --requirement runtime.lock
# Without the demo, which .dockerignore keeps out.
COPY bot /opt/avatar-bot/app/bot
COPY manifest.yml /opt/avatar-bot/app/
RUN printf '#!/opt/avatar-bot/bin/python\nfrom bot.__main__ import main\nmain()\n' > /opt/avatar-bot/bin/avatar-bot \
    && chmod 755 /opt/avatar-bot/bin/avatar-bot \
    && /opt/avatar-bot/bin/python -m compileall -q /opt/avatar-bot/app

FROM python:3.13-slim
RUN python -m pip uninstall --yes --root-user-action=ignore pip \
    && install --directory --owner=10001 --group=10001 /data
COPY --from=environment /opt/avatar-bot /opt/avatar-bot
ENV PATH=/opt/avatar-bot/bin:$PATH \
    PYTHONPATH=/opt/avatar-bot/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    TMPDIR=/data
# A number: Kubernetes' runAsNonRoot does not know who a name is.
USER 10001:10001
# All that is ever written: the embedded database, and for a moment a video whose length AI Studios did not tell.
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('PORT', '3000') + '/healthz', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["avatar-bot"]
CMD ["serve"]
