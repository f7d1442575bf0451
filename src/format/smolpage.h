/*-------------------------------------------------------------------------
 *
 * smolpage.h
 *	  What lies on disk.  FORMAT.md beside this file draws it.
 *
 * Every page is a standard PostgreSQL page whose special space says that it
 * is smol's and of which kind.  Block 0 is the metapage; then the leaves, in
 * key order and without gaps; then the footprint; then the levels above the
 * leaves, bottom up.  Only the metapage ever changes after the build.
 *
 * Nothing here trusts what it reads: smol_check_page bounds every offset and
 * length that a reader goes on to use.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/format/smolpage.h
 *
 *-------------------------------------------------------------------------
 */
#ifndef SMOLPAGE_H
#define SMOLPAGE_H

#include "access/transam.h"
#include "storage/block.h"
#include "storage/bufmgr.h"
#include "storage/bufpage.h"
#include "storage/itemptr.h"
#include "utils/rel.h"

#define SMOL_META_BLKNO			0
#define SMOL_MAGIC				0x4C4F4D53	/* "SMOL" on a little-endian
											 * machine */
#define SMOL_MAGIC_VOID			0x64694F56	/* no version may trust this index
											 * again */

/*
 * Format versions.  An index says which one it has, and the oldest one whose
 * readers understand it: a later version that only adds what an older reader
 * may overlook leaves that one as it was, and stamps its pages with it.
 */
#define SMOL_FORMAT_VERSION		1	/* what this library writes */
#define SMOL_OLDEST_READER		1	/* the oldest that can read that */
#define SMOL_OLDEST_FORMAT		1	/* the oldest that this library reads */

#define SMOL_BYTE_ORDER_MARK	0x01020304

/* pd_special's last two bytes, as for the other access methods: pg_filedump */
#define SMOL_PAGE_ID			0xFF5A

#define SMOL_MAX_HEIGHT			32	/* levels above the leaves: two children a
									 * page */

typedef enum SmolPageKind
{
	SMOL_PAGE_META = 1,
	SMOL_PAGE_LEAF = 2,			/* rows, column by column */
	SMOL_PAGE_INNER = 3,		/* children, column by column */
	SMOL_PAGE_FOOTPRINT = 4,	/* which heap line pointers are indexed */
	SMOL_PAGE_BLOOM = 5,		/* bloom filters of leaves */
} SmolPageKind;

typedef struct SmolPageOpaqueData
{
	uint32		crc;			/* CRC-32C, see smol_page_crc */
	uint8		kind;			/* SmolPageKind */
	uint8		level;			/* 0 for leaves, 1.. above; 0 elsewhere */
	uint16		unused;			/* 0 */
	BlockNumber block;			/* where in the file this page belongs */
	uint16		version;		/* the oldest format that has such pages */
	uint16		page_id;		/* SMOL_PAGE_ID; must stay last */
} SmolPageOpaqueData;

typedef SmolPageOpaqueData *SmolPageOpaque;

#define SmolPageGetOpaque(page) ((SmolPageOpaque) PageGetSpecialPointer(page))
#define SMOL_SPECIAL_SIZE		MAXALIGN(sizeof(SmolPageOpaqueData))

/* bytes between page header and special space */
#define SMOL_PAGE_ROOM \
	(BLCKSZ - MAXALIGN(SizeOfPageHeaderData) - SMOL_SPECIAL_SIZE)

/*
 * How a column's values are kept: the image.  Written to disk; never renumber.
 * INTs travel as sign-extended (UINTs: zero-extended) int64 whose order is the
 * type's order, if smol knows the type, and so do DECIMALs.  FLOATs keep their
 * bits.  FIXEDs, VARLENAs and NAMEs are byte strings, VARLENAs without their
 * length header.
 */
typedef enum SmolImage
{
	SMOL_IMAGE_UINT1 = 1,		/* bool, "char" */
	SMOL_IMAGE_INT2 = 2,
	SMOL_IMAGE_INT4 = 3,		/* int4, date */
	SMOL_IMAGE_INT8 = 4,		/* int8, time, timestamp, timestamptz, money */
	SMOL_IMAGE_UINT4 = 5,		/* oid, enums */
	SMOL_IMAGE_FLOAT4 = 6,
	SMOL_IMAGE_FLOAT8 = 7,
	SMOL_IMAGE_FIXED = 8,		/* uuid, interval, ...: 'length' bytes */
	SMOL_IMAGE_VARLENA = 9,		/* text, bytea, numeric, ... */
	SMOL_IMAGE_UINT8 = 10,		/* pg_lsn, xid8: less 2^63, to be in order */
	SMOL_IMAGE_DECIMAL = 11,	/* numeric(p,s): times 10^'scale' */
	SMOL_IMAGE_NAME = 12,		/* name: the bytes before the first zero */
} SmolImage;

#define SMOL_LAST_IMAGE	SMOL_IMAGE_NAME

#define SmolImageIsWord(image) \
	((image) <= SMOL_IMAGE_FLOAT8 || \
	 (image) == SMOL_IMAGE_UINT8 || (image) == SMOL_IMAGE_DECIMAL)
#define SmolImageIsInt(image) \
	(SmolImageIsWord(image) && \
	 (image) != SMOL_IMAGE_FLOAT4 && (image) != SMOL_IMAGE_FLOAT8)

/*
 * DECIMAL: NaN, after all others as the type has it; and what bounds the
 * others, on both sides.
 */
#define SMOL_DECIMAL_NAN		PG_INT64_MAX
#define SMOL_DECIMAL_DIGITS		18
#define SMOL_DECIMAL_LIMIT		INT64CONST(1000000000000000000)

/* Which statistics the levels above the leaves keep of a column. */
#define SMOL_STATS_MINMAX		0x01	/* words in type order, bytes in
										 * memcmp order */
#define SMOL_STATS_SUM			0x02	/* exact sum, 128 bits */

/* SmolColumnDesc.flags */
#define SMOL_COLUMN_KEY			0x01
#define SMOL_COLUMN_DESC		0x02
#define SMOL_COLUMN_NULLS_FIRST	0x04

/*
 * A column as the metapage describes it.  No OIDs: ALTER TYPE may give the
 * same file to an index with another OID and another type modifier.
 */
typedef struct SmolColumnDesc
{
	uint8		image;			/* SmolImage */
	uint8		stats;			/* SMOL_STATS_* */
	uint8		flags;			/* SMOL_COLUMN_* */
	uint8		scale;			/* digits after the point of a DECIMAL, else 0 */
	uint16		length;			/* bytes of a FIXED value, else 0 */
	uint16		hash;			/* PostgreSQL's hash function by which bloom
								 * filters know the values; 0: no filters */
} SmolColumnDesc;

/*
 * A segment: an immutable sorted run over a range of heap blocks.
 */
typedef struct SmolSegment
{
	uint64		nrows;			/* rows in this segment */
	BlockNumber first_leaf;		/* InvalidBlockNumber when nrows == 0 */
	uint32		nleaves;
	BlockNumber root;			/* InvalidBlockNumber when nrows == 0 */
	uint32		height;			/* levels above the leaves; 0 when nrows == 0 */
	BlockNumber footprint;		/* first footprint page, InvalidBlockNumber:
								 * none */
	uint32		footprint_pages;
	BlockNumber heap_start;		/* first heap block covered */
	BlockNumber heap_end;		/* heap block count at build */
	BlockNumber last_block;		/* last heap block with an indexed row, or
								 * InvalidBlockNumber */
	ItemPointerData witness;	/* root TID of an indexed row; invalid: none */
	uint16		unused;			/* 0 */
	uint32		bloom_pages;	/* behind the footprint's pages */
} SmolSegment;

/* SmolMetaPageData.flags */
#define SMOL_META_STALE			0x0001	/* content may differ from the heap's */
#define SMOL_META_NULLS			0x0002	/* built with nulls = store */

typedef struct SmolMetaPageData
{
	uint32		magic;			/* SMOL_MAGIC */
	uint16		version;		/* format version */
	uint16		oldest_reader;	/* oldest format version that can read this */
	uint32		byte_order;		/* SMOL_BYTE_ORDER_MARK */
	uint32		block_size;		/* BLCKSZ */
	uint32		flags;			/* SMOL_META_* */
	uint16		nkeys;			/* key columns */
	uint16		ncolumns;		/* key and INCLUDE columns */
	FullTransactionId builder;	/* top transaction that built the index */
	uint32		nsegments;		/* 1 in this version */
	uint32		unused;			/* 0 */
	SmolColumnDesc columns[INDEX_MAX_KEYS];
	SmolSegment segments[1];	/* nsegments of them; must stay last */
} SmolMetaPageData;

#define SmolPageGetMeta(page) ((SmolMetaPageData *) PageGetContents(page))

/*
 * A leaf or inner page: this header, then nchunks SmolChunkRefs, then the
 * chunks.  Chunk i < (number of columns) holds the values of column i; the
 * chunks after those hold the null maps of columns that have a NULL here, one
 * word (1 = NULL) a row.  The value under a NULL is a filler.
 */
typedef struct SmolPackHeader
{
	uint64		first_row;		/* row number of the first row (below) */
	uint32		nrows;			/* rows on a leaf, children on an inner page */
	uint16		nchunks;
	uint16		unused;			/* 0 */
} SmolPackHeader;

typedef struct SmolChunkRef
{
	uint16		offset;			/* from the start of the page */
	uint16		length;			/* bytes */
	uint8		codec;			/* SmolCodecId */
	uint8		unused;			/* 0 */
	uint16		nulls;			/* number of the null map's chunk, 0: no NULLs */
} SmolChunkRef;

#define SmolPageGetPack(page) ((SmolPackHeader *) PageGetContents(page))
#define SmolPackGetRefs(pack) ((SmolChunkRef *) ((pack) + 1))

/* No page may hold more rows than this; it bounds a reader's arithmetic. */
#define SMOL_MAX_PAGE_ROWS		(1 << 20)

/*
 * Columns of an inner page, one row a child.  After these come the key
 * columns of the child's first row (the separators), then for each column of
 * the index: NULL count (if built with nulls = store), min and max (if
 * SMOL_STATS_MINMAX), low and high half of the sum (if SMOL_STATS_SUM).
 */
enum SmolInnerColumn
{
	SMOL_INNER_CHILD = 0,		/* block number */
	SMOL_INNER_FIRST_ROW,		/* row number of the first row below */
	SMOL_INNER_NROWS,			/* rows below */
	SMOL_INNER_HEAP_MIN,		/* lowest heap block of a row below */
	SMOL_INNER_HEAP_MAX,		/* highest */
	SMOL_INNER_WITNESS,			/* a root TID below: block << 16 | offset */
	SMOL_INNER_FIXED,			/* number of the above */
};

#define SMOL_MAX_INNER_COLUMNS (SMOL_INNER_FIXED + 6 * INDEX_MAX_KEYS + 1)

/*
 * The last column of an inner page, in an index with bloom filters: where the
 * record of the (first) leaf below is, as the number of the bloom filter page,
 * counted from 0, << 16 | offset on that page.
 */
static inline bool
smol_has_bloom(const SmolMetaPageData *meta)
{
	for (int i = 0; i < meta->ncolumns; i++)
		if (meta->columns[i].hash != 0)
			return true;
	return false;
}

/* A footprint page: this header, then entries (footprint.c). */
typedef struct SmolFootprintHeader
{
	BlockNumber first_block;	/* first heap block of the first entry */
	uint32		nbytes;			/* bytes of entries */
} SmolFootprintHeader;

#define SmolPageGetFootprint(page) ((SmolFootprintHeader *) PageGetContents(page))
#define SMOL_FOOTPRINT_ROOM (SMOL_PAGE_ROOM - sizeof(SmolFootprintHeader))

/*
 * A bloom filter page: this header, then records one after the other, each of
 * one leaf: its number, for each column with a hash the length and tests of its
 * filter, then the filters.  Nothing in a record is aligned.
 */
typedef struct SmolBloomHeader
{
	uint32		first_leaf;		/* leaf number of the first record */
	uint32		nbytes;			/* bytes of records */
} SmolBloomHeader;

#define SmolPageGetBloom(page) ((SmolBloomHeader *) PageGetContents(page))
#define SMOL_BLOOM_ROOM (SMOL_PAGE_ROOM - sizeof(SmolBloomHeader))

#define SMOL_BLOOM_RECORD_BYTES		4	/* leaf number */
#define SMOL_BLOOM_COLUMN_BYTES		3	/* length, tests */
#define SMOL_BLOOM_MAX_TESTS		12

StaticAssertDecl(sizeof(SmolPageOpaqueData) == 16, "special space is on disk");
StaticAssertDecl(sizeof(SmolColumnDesc) == 8, "column descriptor is on disk");
StaticAssertDecl(sizeof(SmolSegment) == 56, "segment is on disk");
StaticAssertDecl(offsetof(SmolMetaPageData, columns) == 40, "metapage is on disk");
StaticAssertDecl(offsetof(SmolMetaPageData, segments) ==
				 40 + INDEX_MAX_KEYS * sizeof(SmolColumnDesc), "metapage is on disk");
StaticAssertDecl(sizeof(SmolPackHeader) == 16, "page header is on disk");
StaticAssertDecl(sizeof(SmolChunkRef) == 8, "chunk reference is on disk");
StaticAssertDecl(sizeof(SmolMetaPageData) <= SMOL_PAGE_ROOM, "metapage fits");
StaticAssertDecl(BLCKSZ <= 32768, "chunk offsets are 16 bits");

/* smolpage.c */
extern void smol_init_page(Page page, SmolPageKind kind, int level,
						   BlockNumber block);
extern uint32 smol_page_crc(Page page);
extern void smol_seal_page(Page page);
extern void smol_init_meta(Page page, const SmolMetaPageData *meta);
extern const char *smol_check_page(Page page, SmolPageKind kind, int level,
								   BlockNumber block, int columns);
extern const char *smol_check_segment(const SmolSegment *segment,
									  BlockNumber nblocks);
extern bool smol_meta_page_is_readable(Page page, BlockNumber nblocks);
extern void smol_check_meta(Relation index, Page page);
pg_noreturn extern void smol_report_corrupt(Relation index, BlockNumber blkno,
											const char *what);

#endif							/* SMOLPAGE_H */
