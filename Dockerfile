# Two stages: the first installs the locked packages, the second runs them as a user with no rights.
FROM python:3.11.13-slim-bookworm AS install
WORKDIR /flowmeter
COPY requirements-uv.lock requirements.lock ./
RUN python -m venv /opt/flowmeter \
 && /opt/flowmeter/bin/pip install --no-cache-dir --require-hashes -r requirements-uv.lock \
 && /opt/flowmeter/bin/uv pip install --no-cache --compile-bytecode --python /opt/flowmeter/bin/python --require-hashes \
      -r requirements.lock
COPY . .
# Where the file system is read-only, what is not compiled here would be compiled anew by each command.
RUN /opt/flowmeter/bin/uv pip install --no-cache --python /opt/flowmeter/bin/python --no-deps --no-build-isolation -e . \
 && /opt/flowmeter/bin/python -m compileall -q --invalidation-mode unchecked-hash collector dashboard db migrations flowmeter.py

FROM python:3.11.13-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends git fonts-noto-cjk && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home flowmeter
COPY --from=install /opt/flowmeter /opt/flowmeter
COPY --from=install /flowmeter /flowmeter
RUN mkdir -p /flowmeter/var && chown 10001:10001 /flowmeter/var
WORKDIR /flowmeter
USER 10001:10001
ENV PYTHONUNBUFFERED=1
ENTRYPOINT ["/opt/flowmeter/bin/flowmeter"]
CMD ["serve", "--host", "0.0.0.0"]
