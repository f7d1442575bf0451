/*-------------------------------------------------------------------------
 *
 * smol.h
 *	  Names that all of smol shares: version, settings, debug log.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/smol.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOL_H
#define SMOL_H

#include "postgres.h"

#if PG_VERSION_NUM < 180000 || PG_VERSION_NUM >= 190000
#error "smol needs PostgreSQL 18: set PG_CONFIG to the pg_config of a PostgreSQL 18"
#endif

#define SMOL_VERSION "1.1.0"

/* the newest version of the extension that has all its C functions here */
#define SMOL_SQL_VERSION "1.1"

/* smol.heap_fallback: answer from the heap when the index can't be trusted */
extern PGDLLIMPORT bool smol_heap_fallback;

/* smol.max_heap_checks: heap pages that one verdict may look at */
extern PGDLLIMPORT int smol_max_heap_checks;

/* smol.parallel_chunk_pages: leaves that a parallel scan's participant claims */
extern PGDLLIMPORT int smol_parallel_chunk_pages;

/* smol.prefetch_distance: leaves handed to a read stream at a time */
extern PGDLLIMPORT int smol_prefetch_distance;

/* smol.cost_page, smol.cost_tuple: for the planner, beside core's costs */
#define SMOL_DEFAULT_COST_PAGE	0.2
#define SMOL_DEFAULT_COST_TUPLE	0.005
extern PGDLLIMPORT double smol_cost_page;
extern PGDLLIMPORT double smol_cost_tuple;

/* smol.enable_aggregate: the planner considers SmolAggregate */
extern PGDLLIMPORT bool smol_enable_aggregate;

/* smol.check_pages: compare the CRC of each page that is read */
extern PGDLLIMPORT bool smol_check_pages;

/* smol.debug_log: write builds, verdicts, fallbacks, STALE marks to the log */
extern PGDLLIMPORT bool smol_debug_log;

/* smol.enable_scan: let the planner read smol indexes by SmolScan nodes */
extern PGDLLIMPORT bool smol_enable_scan;

/* smol.explain_declined: say by a NOTICE why a custom scan node is not possible */
extern PGDLLIMPORT bool smol_explain_declined;

#define smol_debug(...) \
	do { \
		if (unlikely(smol_debug_log)) \
			ereport(LOG, (errmsg_internal(__VA_ARGS__), \
						  errhidestmt(true), errhidecontext(true))); \
	} while (0)

#endif							/* SMOL_H */
