# PostgreSQL 18 with smol:
#
#   docker build -t smol . && docker run -e POSTGRES_PASSWORD=secret -p 5432:5432 smol
#
# As the image that it is made from, with the extension in the first database.

FROM postgres:18 AS build
RUN apt-get update && \
    apt-get install -y --no-install-recommends gcc libc6-dev make postgresql-server-dev-18
COPY . /smol
RUN mkdir /objects && \
    make -C /objects -f /smol/Makefile PG_CONFIG=/usr/lib/postgresql/18/bin/pg_config with_llvm=no \
        DESTDIR=/stage install

FROM postgres:18
COPY --from=build /stage /
RUN echo 'CREATE EXTENSION smol;' >/docker-entrypoint-initdb.d/10-smol.sql
CMD ["postgres", "-c", "session_preload_libraries=smol"]
