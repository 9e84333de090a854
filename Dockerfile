# The static binary and nothing else. `docker build .` builds it from source;
# a release hands in the binaries that it has built, with --target=release.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH VERSION=dev
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /graphdoctor ./cmd/graphdoctor

FROM scratch AS release
ARG TARGETPLATFORM
COPY $TARGETPLATFORM/graphdoctor /graphdoctor
USER 65532:65532
WORKDIR /app
ENTRYPOINT ["/graphdoctor"]

FROM scratch
COPY --from=build /graphdoctor /graphdoctor
USER 65532:65532
WORKDIR /app
ENTRYPOINT ["/graphdoctor"]
