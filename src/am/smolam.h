/*-------------------------------------------------------------------------
 *
 * smolam.h
 *	  The access method: what its files share.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/smolam.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLAM_H
#define SMOLAM_H

#include "access/amapi.h"
#include "access/genam.h"
#include "access/relscan.h"
#include "access/reloptions.h"
#include "access/sdir.h"
#include "nodes/execnodes.h"
#include "tree/smolseal.h"
#include "tree/smoltree.h"

/* ---- options.c ---- */

typedef enum SmolWrites
{
	SMOL_WRITES_REJECT,			/* a write to the table is an error */
	SMOL_WRITES_RETIRE,			/* a write to the table makes the index stale */
} SmolWrites;

typedef enum SmolNulls
{
	SMOL_NULLS_REJECT,			/* a NULL at build is an error */
	SMOL_NULLS_STORE,
} SmolNulls;

extern void smol_init_options(void);
extern bytea *smol_options(Datum reloptions, bool validate);
extern SmolWrites smol_get_writes(Relation index);
extern SmolNulls smol_get_nulls(Relation index);

/* ---- handler.c ---- */
extern bool smol_is_smol_am(Oid amoid);
extern bool smol_is_smol_index(Relation index);

/* ---- build.c ---- */

/* phases in pg_stat_progress_create_index; 1 is PostgreSQL's "initializing" */
#define SMOL_PHASE_SCAN		2
#define SMOL_PHASE_SORT		3
#define SMOL_PHASE_LEAVES	4
#define SMOL_PHASE_INNER	5

extern IndexBuildResult *smol_build(Relation heap, Relation index, IndexInfo *info);
extern void smol_buildempty(Relation index);
extern char *smol_build_phase_name(int64 phase);

/* ---- vacuum.c: life after the build ---- */
extern bool smol_insert(Relation index, Datum *values, bool *isnull,
						ItemPointer tid, Relation heap,
						IndexUniqueCheck checkUnique, bool indexUnchanged,
						IndexInfo *info);
extern IndexBulkDeleteResult *smol_bulkdelete(IndexVacuumInfo *info,
											  IndexBulkDeleteResult *stats,
											  IndexBulkDeleteCallback callback,
											  void *callback_state);
extern IndexBulkDeleteResult *smol_vacuumcleanup(IndexVacuumInfo *info,
												 IndexBulkDeleteResult *stats);
pg_noreturn extern void smol_report_sealed(Relation heap, Relation index);

/* ---- scankeys.c: scan keys to ranges and filters ---- */

typedef struct SmolKeyOrder
{
	SmolComparator *cmp;
	bool		descending;
} SmolKeyOrder;

/* The elements of "column = ANY (array)", in index order, each once. */
typedef struct SmolArray
{
	int			n;				/* 0: the scan key is not an array */
	int			at;				/* the element at hand, if the array turns */
	SmolArgument *elements;
	SmolKeyOrder *order;
} SmolArray;

typedef struct SmolFilter
{
	int			column;
	bool		nulltest;		/* else a comparison */
	bool		isnull;			/* nulltest: IS NULL, else IS NOT NULL */
	StrategyNumber strategy;	/* comparison, in the type's order */
	SmolComparator *cmp;
	SmolArray  *array;			/* equal to any of these */
} SmolFilter;

typedef struct SmolScanKeys
{
	int			nkeys;			/* scan keys */
	SmolComparator *comparators;	/* one for each scan key */
	SmolKeyOrder *orders;
	SmolArray  *arrays;			/* likewise */
	bool		ranges;			/* arrays may turn */
	bool		ready;			/* comparators are initialised */

	/* of the present rescan */
	bool		impossible;		/* no row can match */
	bool		has_lower;
	bool		has_upper;
	SmolSearchKey lower;		/* matching rows are not before this bound ... */
	SmolSearchKey upper;		/* ... but before this one */
	int			nfilters;		/* and pass all of these */
	SmolFilter *filters;
	int			nturning;		/* arrays that make ranges: scan keys ... */
	int			turning[INDEX_MAX_KEYS];	/* ... by column, the last turns
											 * fastest */
} SmolScanKeys;

extern void smol_init_scan_keys(SmolScanKeys *keys, int nkeys, bool ranges);
extern void smol_set_scan_keys(SmolScanKeys *keys, Relation index,
							   const SmolMetaPageData *meta, ScanKey scankeys);
extern void smol_start_arrays(SmolScanKeys *keys, const SmolMetaPageData *meta,
							  ScanKey scankeys, bool forward);
extern bool smol_step_arrays(SmolScanKeys *keys, const SmolMetaPageData *meta,
							 ScanKey scankeys, bool forward);
extern void smol_set_arrays(SmolScanKeys *keys, const SmolMetaPageData *meta,
							ScanKey scankeys);
extern bool smol_pass_filter(const SmolFilter *filter, bool isnull,
							 int64 word, SmolSlice slice);
extern int	smol_compare_row(const SmolSearchKey *search,
							 const SmolMetaPageData *meta,
							 const SmolValue *values, const bool *isnull);

/* ---- fallback.c: rows from the heap ---- */

typedef struct SmolFallback SmolFallback;

extern SmolFallback *smol_begin_fallback(IndexScanDesc scan,
										 const SmolMetaPageData *meta);
extern void smol_rescan_fallback(SmolFallback *fb, SmolScanKeys *keys);
extern bool smol_fallback_next(SmolFallback *fb, ScanDirection dir);
extern void smol_fallback_mark(SmolFallback *fb);
extern void smol_fallback_restore(SmolFallback *fb);
extern void smol_end_fallback(SmolFallback *fb);

/* ---- scan.c ---- */
extern IndexScanDesc smol_beginscan(Relation index, int nkeys, int norderbys);
extern void smol_rescan(IndexScanDesc scan, ScanKey scankeys, int nscankeys,
						ScanKey orderbys, int norderbys);
extern bool smol_gettuple(IndexScanDesc scan, ScanDirection dir);
extern void smol_endscan(IndexScanDesc scan);
extern void smol_markpos(IndexScanDesc scan);
extern void smol_restrpos(IndexScanDesc scan);
extern Size smol_estimateparallelscan(Relation index, int nkeys, int norderbys);
extern void smol_initparallelscan(void *target);
extern void smol_parallelrescan(IndexScanDesc scan);

/* for EXPLAIN: NULL if the scan uses the index, or has not begun */
extern const char *smol_scan_fallback_reason(IndexScanDesc scan);

/* ---- cost.c ---- */
extern void smol_costestimate(struct PlannerInfo *root, struct IndexPath *path,
							  double loop_count, Cost *startup, Cost *total,
							  Selectivity *selectivity, double *correlation,
							  double *pages);
extern int	smol_gettreeheight(Relation index);

/* ---- guard.c: hooks that refuse statements early ---- */
extern void smol_install_guards(void);
extern void smol_guard_late_load(void);

#endif							/* SMOLAM_H */
