/*-------------------------------------------------------------------------
 *
 * smolfacts.h
 *	  What is known of an index while a query is planned.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/smolfacts.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLFACTS_H
#define SMOLFACTS_H

#include "format/smolpage.h"
#include "lib/ilist.h"
#include "nodes/pathnodes.h"

struct SmolQuals;

typedef struct SmolFacts
{
	dlist_node	node;
	MemoryContextCallback forget;

	const IndexOptInfo *info;
	SmolMetaPageData meta;

	/* when the planner was shown the index: */
	uint32		looks;			/* heap pages that a verdict will look at */
	bool		parts;			/* one on the whole index will say no */

	/* by column; less than 0: nobody has asked yet */
	double		correlations[INDEX_MAX_KEYS];
	double		values[INDEX_MAX_KEYS];

	/* rows counted between the constants of these IndexClauses */
	const List *counted_clauses;
	bool		counted;
	double		counted_rows;

	/* plan/quals.c: the order of the rows, forward and backward */
	bool		ordered;
	List	   *pathkeys[2];

	/* likewise: the relation's quals, divided; and of which list */
	struct SmolQuals *quals;
	const List *divided;
	int			ndivided;
} SmolFacts;

extern void smol_note_guess(PlannerInfo *root, const IndexOptInfo *info,
							Relation index, uint32 looks, bool parts);
extern SmolFacts *smol_get_facts(PlannerInfo *root, const IndexOptInfo *info);
extern double smol_get_correlation(PlannerInfo *root, const IndexOptInfo *info,
								   int column);
extern double smol_count_prefixes(PlannerInfo *root, const IndexOptInfo *info,
								  int column);

#endif							/* SMOLFACTS_H */
