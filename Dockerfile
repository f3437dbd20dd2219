# The image of a release. .ci/image makes the folder "root" for one processor: the
# program, the CA certificates of Debian's package, the licenses and an empty /tmp.
FROM scratch
COPY root/ /
COPY --chown=65532:65532 home/ /home/nsauth/
ENV HOME=/home/nsauth
WORKDIR /home/nsauth
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 8443
# For "emulator --listen 0.0.0.0:8443". Other commands end before the first check.
HEALTHCHECK --interval=10s --timeout=6s --retries=3 CMD ["/usr/bin/nsauth", "emulator", "health"]
ENTRYPOINT ["/usr/bin/nsauth"]
