/*-------------------------------------------------------------------------
 *
 * smol.c
 *	  The library's entry point: settings and hooks.
 *
 * smol needs no preloading: whatever touches a smol index loads it first, and
 * the answers of a scan never depend on a hook.  Raise no error from _PG_init:
 * PostgreSQL would call it again on the next attempt to load the library, and
 * hooks and storage parameters would be installed twice.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/smol.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include <float.h>
#include <limits.h>

#include "am/smolam.h"
#include "exec/smolexec.h"
#include "fmgr.h"
#include "plan/smolplan.h"
#include "utils/builtins.h"
#include "utils/guc.h"

PG_MODULE_MAGIC_EXT(
					.name = "smol",
					.version = SMOL_VERSION
);

bool		smol_heap_fallback = true;
int			smol_max_heap_checks = 1024;
int			smol_parallel_chunk_pages = 32;
int			smol_prefetch_distance = 1024;
double		smol_cost_page = SMOL_DEFAULT_COST_PAGE;
double		smol_cost_tuple = SMOL_DEFAULT_COST_TUPLE;
bool		smol_enable_aggregate = true;
bool		smol_check_pages = false;
bool		smol_debug_log = false;
bool		smol_enable_scan = true;
bool		smol_explain_declined = false;

void
_PG_init(void)
{
	DefineCustomBoolVariable("smol.heap_fallback",
							 "Answers from the heap where a smol index can't be trusted.",
							 "If off, such a scan is an error that says what to run.",
							 &smol_heap_fallback,
							 true,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);
	DefineCustomIntVariable("smol.max_heap_checks",
							"Heap pages that a scan of a smol index may look at to find the index current.",
							"These are the pages that are not all-visible. With more of them, rows come from the heap.",
							&smol_max_heap_checks,
							1024, 0, INT_MAX,
							PGC_USERSET,
							0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("smol.parallel_chunk_pages",
							"Leaf pages of a smol index that a participant of a parallel scan claims at once.",
							"The last pages of a scan are claimed in smaller chunks.",
							&smol_parallel_chunk_pages,
							32, 1, INT_MAX,
							PGC_USERSET,
							0,
							NULL, NULL, NULL);
	DefineCustomIntVariable("smol.prefetch_distance",
							"Leaf pages of a smol index that PostgreSQL may read ahead of a scan.",
							"PostgreSQL chooses how many, by effective_io_concurrency and io_combine_limit. 0 reads page by page.",
							&smol_prefetch_distance,
							1024, 0, INT_MAX,
							PGC_USERSET,
							0,
							NULL, NULL, NULL);
	DefineCustomRealVariable("smol.cost_page",
							 "The planner's estimate of the cost of unpacking a page of a smol index.",
							 "Reading it costs seq_page_cost or random_page_cost beside that.",
							 &smol_cost_page,
							 SMOL_DEFAULT_COST_PAGE, 0, DBL_MAX,
							 PGC_USERSET,
							 GUC_EXPLAIN,
							 NULL, NULL, NULL);
	DefineCustomRealVariable("smol.cost_tuple",
							 "The planner's estimate of the cost of a row that a scan of a smol index returns.",
							 "It takes the place of cpu_index_tuple_cost.",
							 &smol_cost_tuple,
							 SMOL_DEFAULT_COST_TUPLE, 0, DBL_MAX,
							 PGC_USERSET,
							 GUC_EXPLAIN,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("smol.enable_aggregate",
							 "Enables the planner's use of aggregation inside smol indexes.",
							 NULL,
							 &smol_enable_aggregate,
							 true,
							 PGC_USERSET,
							 GUC_EXPLAIN,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("smol.check_pages",
							 "Compares the checksum of each page of a smol index that is read.",
							 "The structure of pages is checked in any case; this also finds damaged values.",
							 &smol_check_pages,
							 false,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("smol.debug_log",
							 "Logs builds, verdicts and fallbacks of smol indexes.",
							 NULL,
							 &smol_debug_log,
							 false,
							 PGC_SUSET,
							 0,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("smol.enable_scan",
							 "Enables the planner's use of SmolScan nodes.",
							 "They read smol indexes in batches, and filter on any column.",
							 &smol_enable_scan,
							 true,
							 PGC_USERSET,
							 GUC_EXPLAIN,
							 NULL, NULL, NULL);
	DefineCustomBoolVariable("smol.explain_declined",
							 "Says why a query can't be answered by custom scan nodes.",
							 "A notice for each smol index of a table that the planner could not use in this way.",
							 &smol_explain_declined,
							 false,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);
	MarkGUCPrefixReserved("smol");

	smol_init_options();
	smol_install_guards();
	smol_install_planner_hooks();
	smol_install_upper_hooks();
	smol_install_explain_hooks();
	smol_install_scan_paths();
	smol_install_offset_hook();
}

PG_FUNCTION_INFO_V1(smol_require);

/*
 * smol_require(version text): an error unless this library knows what SQL of
 * that version refers to.  Each script after 1.0 calls it first, by a function
 * that it makes and drops.  Without it, a library that was not replaced, or is
 * still the old one in this session, would only be missed by the name of a C
 * symbol.
 */
Datum
smol_require(PG_FUNCTION_ARGS)
{
	char	   *wanted = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int			major,
				minor,
				own_major,
				own_minor;

	if (sscanf(wanted, "%d.%d", &major, &minor) != 2 ||
		sscanf(SMOL_SQL_VERSION, "%d.%d", &own_major, &own_minor) != 2)
		elog(ERROR, "version \"%s\" is not x.y", wanted);
	if (own_major < major || (own_major == major && own_minor < minor))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("extension smol %s needs the library of smol %s or later",
						wanted, wanted),
				 errdetail("The library of this session is that of smol %s.",
						   SMOL_VERSION),
				 errhint("Install the library. If it has been installed since the session began, start a new one, or restart the server if smol is in shared_preload_libraries.")));
	PG_RETURN_VOID();
}
