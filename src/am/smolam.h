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
#include "tree/smolkeys.h"
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
extern bool smol_get_bloom(Relation index);

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

/* ---- fallback.c: rows from the heap ---- */

typedef struct SmolFallback SmolFallback;

extern SmolFallback *smol_begin_fallback(IndexScanDesc scan,
										 const SmolMetaPageData *meta);
extern void smol_rescan_fallback(SmolFallback *fb, SmolScanKeys *keys);
extern bool smol_fallback_is_complete(const SmolFallback *fb);
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

/* for EXPLAIN: NULL if the scan uses the index, or has not begun */
extern const char *smol_scan_fallback_reason(IndexScanDesc scan);

/* and: leaves that this process skipped by bloom filters */
extern uint64 smol_scan_leaves_excluded(IndexScanDesc scan);

/* ---- wanted.c ---- */
extern bool smol_find_wanted(IndexScanDesc scan, bool *wanted);

/* ---- parallel.c ---- */
extern Size smol_estimateparallelscan(Relation index, int nkeys, int norderbys);
extern void smol_initparallelscan(void *target);
extern void smol_parallelrescan(IndexScanDesc scan);
extern bool smol_must_judge(IndexScanDesc scan, SmolVerdict *verdict);
extern void smol_share_verdict(IndexScanDesc scan, const SmolVerdict *verdict,
							   bool final);
extern bool smol_take_fallback(IndexScanDesc scan);
extern bool smol_claim_chunk(IndexScanDesc scan, uint64 range, bool forward,
							 SmolPos *lo, SmolPos *hi, uint64 *current);
extern void smol_skip_chunks(IndexScanDesc scan, uint64 range, bool forward,
							 SmolPos lo, SmolPos hi, SmolPos target);

/* ---- cost.c ---- */

/* CPU cost of asking whether a leaf can be skipped, in operator costs */
#define SMOL_LEAF_ASKED		40.0

struct IndexOptInfo;
extern void smol_costestimate(struct PlannerInfo *root, struct IndexPath *path,
							  double loop_count, Cost *startup, Cost *total,
							  Selectivity *selectivity, double *correlation,
							  double *pages);
extern int	smol_gettreeheight(Relation index);
extern double smol_read_share(struct PlannerInfo *root, struct IndexOptInfo *info,
							  List *columns, List *clauses);
extern double smol_fallback_risk(struct PlannerInfo *root, struct IndexOptInfo *info,
								 List *columns, List *clauses, Selectivity share);

/* ---- guard.c: hooks that refuse statements early ---- */
extern void smol_install_guards(void);
extern void smol_guard_late_load(void);

#endif							/* SMOLAM_H */
