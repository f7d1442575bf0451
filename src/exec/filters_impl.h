/*-------------------------------------------------------------------------
 *
 * filters_impl.h
 *	  Filters; private to makefilters.c, which makes them, and filters.c, which asks
 *	  them.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/filters_impl.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOL_FILTERS_IMPL_H
#define SMOL_FILTERS_IMPL_H

#include "exec/smolexec.h"
#include "tree/smolbloom.h"

/* Answers remembered by value. */
#define MEMO_SIZE			256

typedef enum FilterKind
{
	FILTER_RANGE,				/* words in [low, high] */
	FILTER_OUTSIDE,				/* words other than low */
	FILTER_BITMAP,				/* words in a bitmap that begins with low */
	FILTER_FLOAT,				/* compare with a float */
	FILTER_BYTES,				/* compare with a byte string */
	FILTER_NULL,
	FILTER_NOT_NULL,
	FILTER_VALUE,				/* ask of each value */
} FilterKind;

typedef struct Memo
{
	bool		valid;
	bool		passes;
	int64		word;
	SmolSlice	slice;
} Memo;

typedef struct Filter
{
	FilterKind	kind;
	int			column;
	SmolTest	test;			/* unless NULL, NOT_NULL */
	SmolComparator *cmp;		/* likewise; RANGE may stand for several */
	bool		zones;			/* statistics can be asked */
	int64		low;
	int64		high;
	uint64	   *bitmap;

	/* "= ANY (elements)" or "<> ALL (elements)", in the order of cmp */
	SmolArgument *elements;
	int			nelements;		/* 0: no array; cmp has the argument */

	SmolProbe  *probe;			/* what bloom filters are asked; or NULL */
	Memo	   *memo;
} Filter;

struct SmolFilters
{
	Relation	index;
	SmolConditions *conditions;
	const SmolMetaPageData *meta;
	SmolComparator *comparators;	/* by condition; key conditions use their
									 * own */

	int			n;
	Filter	   *filters;
	bool		nothing;		/* no row passes */
	bool		zones;
	bool		bloom;			/* any has a probe */
	uint8	   *arenas[2];		/* for a minimum and a maximum */
	int			stats[INDEX_MAX_KEYS];	/* first statistics column; -1 unknown */
};

#endif							/* SMOL_FILTERS_IMPL_H */
