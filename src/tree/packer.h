/*-------------------------------------------------------------------------
 *
 * packer.h
 *	  Filling pages with rows; private to the writer.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/packer.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef PACKER_H
#define PACKER_H

#include "codec/smolcodec.h"
#include "format/smolpage.h"
#include "type/smoltype.h"

/* A page in the making. */
typedef struct SmolPackColumn
{
	SmolLane	lane;
	SmolHint	hint;
	uint16		fixed_len;
	SmolChoice	choice;
	SmolChoice	nulls_choice;
	int64	   *words;
	SmolSlice  *slices;
	uint16	   *numbers;		/* of slices */
	uint32		nnumbers;		/* rows that have one: the first */
	SmolNumbers *table;			/* of numbers; may be NULL */
	int			pause;			/* pages without numbers to come, ... */
	int			next_pause;		/* ... and next time */
	int64	   *nulls;			/* 1: NULL */
	uint32		first_null;		/* row number of the first NULL, or more */
} SmolPackColumn;

typedef struct SmolPacker
{
	SmolPageKind kind;
	int			level;
	int			ncolumns;
	SmolPackColumn *columns;
	int64	   *tids;			/* leaves: root TIDs, not stored */
	uint32		nrows;
	uint32		capacity;		/* of the arrays */
	uint32		max_rows;		/* upper bound of capacity */
	uint32		fits;			/* that many rows are known to fit */
	Size		fits_bytes;		/* in so many bytes */
	uint32		bad;			/* that many are known not to fit, 0: none */
	Size		bad_bytes;		/* ... in so many bytes */
	uint32		next_try;		/* encode again at so many rows */
	bool		is_first_try;	/* of this page */
	double		fixed_bytes;	/* what no rows would take, by pages before */
	double		row_bytes;		/* what each takes beyond that, 0: not known */
	Size		slack;			/* what a guess leaves free */
	char	   *page;			/* 'fits' rows, encoded */
	char	   *draft;			/* what is being tried */
	SmolScratch scratch;		/* the codecs' */
	Size		string_bytes;	/* of slices */
	MemoryContext arena;		/* where they are */
	MemoryContext spare;		/* the other arena, empty */
} SmolPacker;

static inline SmolValue
smol_packed_value(const SmolPackColumn *col, uint32 row)
{
	SmolValue	value = {0};

	if (col->lane == SMOL_LANE_WORD)
		value.word = col->words[row];
	else
		value.slice = col->slices[row];
	return value;
}

extern SmolPacker *smol_make_packer(SmolPageKind kind, int level,
									const SmolColumnDesc *descs, int ncolumns);
extern void smol_free_packer(SmolPacker *packer);
extern void smol_pack_row(SmolPacker *packer, const SmolValue *values,
						  const bool *isnull, int64 tid);
extern uint32 smol_fill_page(SmolPacker *packer, bool last);
extern void smol_take_page(SmolPacker *packer, uint64 first_row, Page page,
						   BlockNumber block);
extern void smol_drop_rows(SmolPacker *packer);

#endif							/* PACKER_H */
