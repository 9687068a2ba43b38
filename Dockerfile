# The lesson in a container: JupyterLab, the Rust kernel and everything compiled for it.
#
#   docker build -t recurrent .
#   docker run --rm -p 8888:8888 recurrent          then open the address that it prints
#   … -v "$PWD/data/ag_news:/home/learner/recurrent/data/ag_news:ro"      with AG News
#
# All that is the project's own at build time is one script, .docker/build.sh, so that it can also be tried without Docker.
# The script has been run to its end on a clean clone with an empty home, and a page ran after it; the image itself has not been built by a Docker daemon yet.
FROM debian:bookworm-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends build-essential ca-certificates curl python3 python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --shell /bin/bash learner \
    && install --directory --owner learner --group learner /home/learner/recurrent

USER learner
ENV PATH=/home/learner/.cargo/bin:$PATH
WORKDIR /home/learner/recurrent
COPY --chown=learner:learner . .
RUN .docker/build.sh

EXPOSE 8888
CMD ["cargo", "lab", "open", "--no-browser", "--ip", "0.0.0.0", "--port", "8888"]
