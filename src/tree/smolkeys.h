/*-------------------------------------------------------------------------
 *
 * smolkeys.h
 *	  Scan keys to ranges of rows and filters on them.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/smolkeys.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLKEYS_H
#define SMOLKEYS_H

#include "access/skey.h"
#include "access/stratnum.h"
#include "tree/smoltree.h"

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
	Oid			argtype;		/* InvalidOid: the operator class's own */
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
	int			nfilters;		/* rows must pass all of these */
	SmolFilter *filters;
	int			nturning;		/* arrays that make ranges: scan keys ... */
	int			turning[INDEX_MAX_KEYS];	/* ... by column, the last turns
											 * fastest */
	SmolSearchKey lower;		/* matching rows are not before this bound ... */
	SmolSearchKey upper;		/* ... but before this one */
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
extern void smol_append_argument(SmolSearchKey *search, SmolKeyOrder *order);
extern void smol_append_null(SmolSearchKey *search);
extern int	smol_sort_elements(Datum array, Oid opfamily, Oid type, Oid collation,
							   bool descending, Datum **elements, bool *has_nulls);
extern bool smol_pass_filter(const SmolFilter *filter, bool isnull,
							 int64 word, SmolSlice slice);
extern int	smol_compare_row(const SmolSearchKey *search,
							 const SmolMetaPageData *meta,
							 const SmolValue *values, const bool *isnull);

#endif							/* SMOLKEYS_H */
