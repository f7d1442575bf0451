/*-------------------------------------------------------------------------
 *
 * smoltree.h
 *	  Reading a segment.
 *
 * A position is (leaf number, row on it).  Leaves are numbered from 0 in key
 * order and contiguous in the file; a row count past the last row of a leaf is
 * never left standing: it becomes row 0 of the next leaf, and the end of the
 * segment is row 0 of the leaf after the last.
 *
 * Pages below the metapage never change while anybody can hold a pin on them,
 * so they are read under a pin, without a lock.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/tree/smoltree.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLTREE_H
#define SMOLTREE_H

#include "codec/smolcodec.h"
#include "format/smolpage.h"
#include "tree/vismap.h"
#include "type/smoltype.h"

typedef struct SmolPos
{
	uint32		leaf;
	uint32		row;
} SmolPos;

static inline SmolPos
smol_pos(uint32 leaf, uint32 row)
{
	SmolPos		pos = {leaf, row};

	return pos;
}

static inline bool
smol_pos_before(SmolPos a, SmolPos b)
{
	return a.leaf < b.leaf || (a.leaf == b.leaf && a.row < b.row);
}

/* What an index's relcache entry keeps for us (rd_amcache). */
typedef struct SmolIndexCache
{
	SmolMetaPageData meta;
	const char *misfit;			/* why this is not the index's, or NULL */
	int			ninner;			/* columns of an inner page */
	SmolColumnDesc inner[SMOL_MAX_INNER_COLUMNS];
} SmolIndexCache;

typedef struct SmolReader
{
	Relation	index;
	const SmolSegment *segment; /* in meta */

	/*
	 * A soft reader seeks without raising an error for a damaged page; it
	 * notes that, and is of no use any more.
	 */
	bool		soft;
	bool		damaged;

	uint64		bloom_skipped;	/* leaves that bloom filters ruled out */

	/* pinned pages */
	Buffer		inner_buffers[SMOL_MAX_HEIGHT + 1]; /* by level */
	Buffer		leaf_buffer;
	Buffer		bloom_buffer;

	/* the leaf in leaf_buffer */
	uint32		leaf;
	uint32		leaf_rows;
	uint64		leaf_first_row;

	/*
	 * Where the last search came down: a leaf, and its place in its parent,
	 * which is still pinned.
	 */
	bool		sought;
	uint32		sought_leaf;
	uint32		sought_child;

	SmolMetaPageData meta;		/* a copy; its STALE flag may be outdated */
	int			ninner;			/* columns of an inner page */
	SmolColumnDesc inner[FLEXIBLE_ARRAY_MEMBER];
} SmolReader;

/* Is the leaf the current one? */
static inline bool
smol_on_leaf(const SmolReader *reader, uint32 leaf)
{
	return BufferIsValid(reader->leaf_buffer) && reader->leaf == leaf;
}

/*
 * What to search for: values of a prefix of the key columns.
 */
typedef struct SmolSearchKey
{
	int			nkeys;
	SmolBound	bound;
	struct
	{
		bool		isnull;		/* look for NULL */
		SmolKey		key;		/* unless isnull */
	}			columns[INDEX_MAX_KEYS];
} SmolSearchKey;

extern void smol_read_meta(Relation index, SmolMetaPageData *meta);
extern SmolReader *smol_open_reader(Relation index);
extern void smol_release_pins(SmolReader *reader);
extern void smol_close_reader(SmolReader *reader);

extern SmolPos smol_seek(SmolReader *reader, const SmolSearchKey *key);
extern uint32 smol_seek_leaf_from(SmolReader *reader, uint32 from,
								  const SmolSearchKey *key);
extern void smol_take_leaf(SmolReader *reader, uint32 leaf, Buffer buffer);
extern void smol_load_leaf(SmolReader *reader, uint32 leaf);
extern void smol_rows_to_blocks(SmolReader *reader, SmolPos lo, SmolPos hi,
								SmolBlockRange *blocks, ItemPointer root);
extern bool smol_decode_column(SmolReader *reader, int column, uint32 first,
							   uint32 n, SmolVec *vec, int64 *nulls);
extern uint64 smol_rank(SmolReader *reader, const SmolSearchKey *key);

static inline uint32
smol_seek_leaf(SmolReader *reader, const SmolSearchKey *key)
{
	return smol_seek_leaf_from(reader, 0, key);
}

/* Inner pages, and chunks of a checked page. */
extern Page smol_load_inner(SmolReader *reader, int level, BlockNumber blkno);
extern int64 smol_inner_word(SmolReader *reader, Page page, BlockNumber blkno,
							 int column, uint32 child);
extern BlockNumber smol_child_block(SmolReader *reader, Page page, BlockNumber blkno,
									int level, uint32 child);
extern void smol_enlarge_arena(SmolReader *reader, BlockNumber blkno,
							   SmolVec *vec, const SmolChunk *chunk, uint32 n);
extern bool smol_page_chunk(Page page, const SmolColumnDesc *desc, int column,
							SmolChunk *chunk, SmolChunk *nulls);

#endif							/* SMOLTREE_H */
