# docker build -t custpred . && docker run --rm -v "$PWD:/work" custpred run churn.yaml        (docs/scheduling.md)
FROM python:3.12-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY custpred custpred
RUN python -m venv /opt/custpred \
 && /opt/custpred/bin/pip install --no-cache-dir --constraint constraints.txt ".[dashboard,serve]"

FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 1000 custpred
COPY --from=build /opt/custpred /opt/custpred
USER custpred
ENV HOME=/tmp
WORKDIR /work
EXPOSE 8000 8501
ENTRYPOINT ["/opt/custpred/bin/custpred"]
CMD ["--help"]
