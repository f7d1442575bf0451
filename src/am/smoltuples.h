/*-------------------------------------------------------------------------
 *
 * smoltuples.h
 *	  Some rows of a leaf, decoded, filtered and made into tuples.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/am/smoltuples.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLTUPLES_H
#define SMOLTUPLES_H

#include "access/htup_details.h"
#include "access/itup.h"
#include "tree/smolkeys.h"
#include "tree/smoltree.h"

/* Most rows in a batch: their tuples should stay in the nearest cache. */
#define SMOL_TUPLES_MAX		512

typedef struct SmolTuplesColumn
{
	bool		wanted;			/* or NULL in all tuples */

	/* decoded from a row of the batch on */
	bool		decoded;
	bool		has_nulls;
	uint16		from;
	uint16		offset;			/* in a tuple */
	SmolVec		vec;
	int64	   *nulls;			/* NULL if the index can't have any */

	/* values that don't fit a Datum */
	char	   *bytes;
	Size		bytes_room;
} SmolTuplesColumn;

typedef struct SmolTuples
{
	SmolReader *reader;
	TupleDesc	desc;			/* of the index */
	TupleDesc	datums;			/* of the tuples: a Datum for each column */
	MemoryContext context;

	/* rows [first, first + nrows) of a leaf have been looked at ... */
	uint32		leaf;
	uint32		first;
	uint32		nrows;

	/* ... and of these passed the filters: rows first + passing[i] */
	uint32		ntuples;

	/* tuple i begins at tuples + i * stride */
	bool		packed;			/* they are index tuples */
	bool		all_wanted;
	bool		by_reference;	/* some columns are not numbers */
	uint32		stride;
	char	   *tuples;
	bool		null_headers;	/* some tuples' headers say "has NULLs" */
	bool		for_probe;		/* tuples are for smol_form_probe_tuple alone */
	uint32		room;			/* rows that all arrays have room for */

	uint16		passing[SMOL_TUPLES_MAX];
	SmolTuplesColumn columns[FLEXIBLE_ARRAY_MEMBER];
} SmolTuples;

static inline HeapTupleHeader
smol_get_tuple(const SmolTuples *batch, uint32 i)
{
	return (HeapTupleHeader) (batch->tuples + (Size) i * batch->stride);
}

extern SmolTuples *smol_make_tuples(SmolReader *reader, TupleDesc desc);
extern void smol_want_columns(SmolTuples *batch, const bool *wanted);
extern void smol_free_tuples(SmolTuples *batch);
extern void smol_fill_tuples(SmolTuples *batch, const SmolScanKeys *keys,
							 uint32 first, uint32 n);
extern uint32 smol_find_tuple(const SmolTuples *batch, uint32 row);
extern IndexTuple smol_form_probe_tuple(const SmolTuples *batch, uint32 i);

#endif							/* SMOLTUPLES_H */
