/*-------------------------------------------------------------------------
 *
 * smolpage.c
 *	  Pages: their making, their checks, and the one version gate.
 *
 * This code knows where bytes lie and nothing of what they mean; it neither
 * reads nor writes buffers.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/format/smolpage.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "codec/smolcodec.h"
#include "format/smolpage.h"
#include "port/pg_bswap.h"
#include "port/pg_crc32c.h"

/*
 * Make an empty page.  The writer moves pd_lower up as it fills the page.
 */
void
smol_init_page(Page page, SmolPageKind kind, int level, BlockNumber block)
{
	SmolPageOpaque opaque;

	PageInit(page, BLCKSZ, sizeof(SmolPageOpaqueData));
	opaque = SmolPageGetOpaque(page);
	opaque->crc = 0;
	opaque->kind = (uint8) kind;
	opaque->level = (uint8) level;
	opaque->unused = 0;
	opaque->block = block;
	opaque->version = SMOL_OLDEST_READER;
	opaque->page_id = SMOL_PAGE_ID;
}

/*
 * CRC-32C of a page's content: from the start of the contents to pd_lower, and
 * the special space but for the CRC itself.  The page header is left out: LSN
 * and checksum change when the page is written.  The hole is left out too.
 *
 * The caller has made sure that pd_lower and pd_special are sane.
 */
uint32
smol_page_crc(Page page)
{
	PageHeader	phdr = (PageHeader) page;
	const char *special = PageGetSpecialPointer(page);
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, PageGetContents(page),
				phdr->pd_lower - MAXALIGN(SizeOfPageHeaderData));
	COMP_CRC32C(crc, special + sizeof(uint32),
				sizeof(SmolPageOpaqueData) - sizeof(uint32));
	FIN_CRC32C(crc);
	return crc;
}

/* Stamp the CRC on a page that is complete. */
void
smol_seal_page(Page page)
{
	SmolPageGetOpaque(page)->crc = smol_page_crc(page);
}

/* Make a metapage. */
void
smol_init_meta(Page page, const SmolMetaPageData *meta)
{
	smol_init_page(page, SMOL_PAGE_META, 0, SMOL_META_BLKNO);
	memcpy(SmolPageGetMeta(page), meta, sizeof(SmolMetaPageData));
	((PageHeader) page)->pd_lower =
		MAXALIGN(SizeOfPageHeaderData) + sizeof(SmolMetaPageData);
	smol_seal_page(page);
}

/*
 * The part of a page's check that all kinds share.
 */
static const char *
check_frame(Page page, SmolPageKind kind, int level, BlockNumber block)
{
	PageHeader	phdr = (PageHeader) page;
	SmolPageOpaque opaque;

	if (PageIsNew(page))
		return "page is all zeros";
	if (PageGetPageSize(page) != BLCKSZ ||
		PageGetPageLayoutVersion(page) != PG_PAGE_LAYOUT_VERSION ||
		phdr->pd_special != BLCKSZ - SMOL_SPECIAL_SIZE ||
		phdr->pd_lower < MAXALIGN(SizeOfPageHeaderData) ||
		phdr->pd_lower > phdr->pd_upper ||
		phdr->pd_upper > phdr->pd_special)
		return "page header is corrupt";

	opaque = SmolPageGetOpaque(page);
	if (opaque->page_id != SMOL_PAGE_ID)
		return "page is not a smol page";
	if (opaque->kind != kind)
		return "page is of another kind";
	if (opaque->level != level)
		return "page is of another level";
	if (opaque->version < SMOL_OLDEST_FORMAT ||
		opaque->version > SMOL_FORMAT_VERSION)
		return "page is of another format version";
	if (opaque->block != block)
		return "page belongs elsewhere in the file";
	return NULL;
}

/*
 * Check the structure of any page but the metapage before its use: NULL when
 * every offset and length in it is in bounds, else what is wrong.  'columns'
 * is the number of columns that a leaf or inner page must have.  The cost is a
 * few comparisons a column; what lies inside a chunk is the codec's to check.
 * With smol.check_pages on, the CRC is compared as well.
 */
const char *
smol_check_page(Page page, SmolPageKind kind, int level, BlockNumber block,
				int columns)
{
	PageHeader	phdr = (PageHeader) page;
	const char *wrong = check_frame(page, kind, level, block);
	SmolPackHeader *pack;
	SmolChunkRef *refs;
	Size		room;

	if (wrong)
		return wrong;
	if (unlikely(smol_check_pages) && smol_page_crc(page) != SmolPageGetOpaque(page)->crc)
		return "page checksum does not match";

	room = phdr->pd_lower - MAXALIGN(SizeOfPageHeaderData);

	if (kind == SMOL_PAGE_BLOOM)
	{
		if (room < sizeof(SmolBloomHeader) ||
			SmolPageGetBloom(page)->nbytes != room - sizeof(SmolBloomHeader))
			return "bloom filter page has a wrong length";
		return NULL;
	}

	if (kind == SMOL_PAGE_FOOTPRINT)
	{
		if (room < sizeof(SmolFootprintHeader) ||
			SmolPageGetFootprint(page)->nbytes !=
			room - sizeof(SmolFootprintHeader))
			return "footprint page has a wrong length";
		return NULL;
	}

	Assert(kind == SMOL_PAGE_LEAF || kind == SMOL_PAGE_INNER);

	if (room < sizeof(SmolPackHeader))
		return "page is too short";
	pack = SmolPageGetPack(page);
	refs = SmolPackGetRefs(pack);
	if (pack->nrows == 0 || pack->nrows > SMOL_MAX_PAGE_ROWS)
		return "row count is out of bounds";
	if (pack->nchunks < columns || pack->nchunks > 2 * columns ||
		room < sizeof(SmolPackHeader) + pack->nchunks * sizeof(SmolChunkRef))
		return "chunk count is out of bounds";

	for (int i = 0; i < pack->nchunks; i++)
	{
		if (refs[i].offset < (char *) &refs[pack->nchunks] - (char *) page ||
			(uint32) refs[i].offset + refs[i].length > phdr->pd_lower)
			return "chunk is out of bounds";
		if (refs[i].codec >= SMOL_NUM_CODECS)
			return "codec is unknown";
		if (refs[i].nulls != 0 &&
			(i >= columns || refs[i].nulls < columns ||
			 refs[i].nulls >= pack->nchunks))
			return "null map is out of bounds";
	}
	return NULL;
}

/* What the version gate finds. */
typedef enum MetaVerdict
{
	META_READABLE,
	META_OTHER_VERSION,
	META_OTHER_MACHINE,
	META_CORRUPT,
} MetaVerdict;

/*
 * The version gate: the only place that asks which version wrote an index.
 * Says whether this library can read it, and of a corrupt page what is wrong.
 */
static MetaVerdict
judge_meta(Page page, const char **wrong)
{
	SmolMetaPageData *meta = SmolPageGetMeta(page);
	int			nkeys = 0;

	/*
	 * An index of a later version may have another special space, and on
	 * another machine it is elsewhere: look at the magic number first, and
	 * name the version or the machine rather than the damage.
	 */
	if (!PageIsNew(page))
	{
		if (meta->magic == pg_bswap32(SMOL_MAGIC) ||
			(meta->magic == SMOL_MAGIC &&
			 (meta->byte_order != SMOL_BYTE_ORDER_MARK ||
			  meta->block_size != BLCKSZ)))
			return META_OTHER_MACHINE;
		if (meta->magic == SMOL_MAGIC &&
			(meta->version < SMOL_OLDEST_FORMAT ||
			 meta->oldest_reader > SMOL_FORMAT_VERSION))
			return META_OTHER_VERSION;
	}

	*wrong = check_frame(page, SMOL_PAGE_META, 0, SMOL_META_BLKNO);
	if (*wrong)
		return META_CORRUPT;

	*wrong = "metapage has a wrong magic number";
	if (meta->magic != SMOL_MAGIC)
		return META_CORRUPT;

	*wrong = "metapage is too short";
	if (((PageHeader) page)->pd_lower <
		MAXALIGN(SizeOfPageHeaderData) + sizeof(SmolMetaPageData))
		return META_CORRUPT;

	*wrong = "metapage checksum does not match";
	if (smol_page_crc(page) != SmolPageGetOpaque(page)->crc)
		return META_CORRUPT;

	*wrong = "metapage counts are out of bounds";
	if (meta->nsegments != 1 ||
		meta->ncolumns < 1 || meta->ncolumns > INDEX_MAX_KEYS ||
		meta->nkeys < 1 || meta->nkeys > meta->ncolumns)
		return META_CORRUPT;

	*wrong = "column descriptor is corrupt";
	for (int i = 0; i < meta->ncolumns; i++)
	{
		const SmolColumnDesc *desc = &meta->columns[i];

		if (desc->image < 1 || desc->image > SMOL_LAST_IMAGE ||
			(desc->length == 0) != (desc->image != SMOL_IMAGE_FIXED) ||
			desc->scale > (desc->image == SMOL_IMAGE_DECIMAL ? SMOL_DECIMAL_DIGITS : 0))
			return META_CORRUPT;
		if (desc->flags & SMOL_COLUMN_KEY)
			nkeys++;
	}

	*wrong = "column descriptors do not match";
	if (nkeys != meta->nkeys)
		return META_CORRUPT;

	return META_READABLE;
}

/* Can this library read the index that has this metapage? */
bool
smol_meta_page_is_readable(Page page, BlockNumber nblocks)
{
	const char *wrong;

	return judge_meta(page, &wrong) == META_READABLE &&
		smol_check_segment(&SmolPageGetMeta(page)->segments[0], nblocks) == NULL;
}

/*
 * All blocks that a segment speaks of must be in the file, and its root must be
 * the last of them.  (Reading a block beyond the end would not be harmless:
 * InvalidBlockNumber means "extend the file".)  NULL: they are.
 */
const char *
smol_check_segment(const SmolSegment *segment, BlockNumber nblocks)
{
	if (segment->nrows == 0)
	{
		if (segment->nleaves != 0 || segment->footprint_pages != 0 ||
			segment->bloom_pages != 0)
			return "empty segment has pages";
		return NULL;
	}
	if (segment->height < 1 || segment->height > SMOL_MAX_HEIGHT ||
		segment->nleaves < 1 || segment->nleaves > segment->nrows ||
		segment->first_leaf == SMOL_META_BLKNO ||
		segment->root >= nblocks ||
		(uint64) segment->first_leaf + segment->nleaves > segment->root ||
		(uint64) segment->footprint + segment->footprint_pages +
		segment->bloom_pages > segment->root)
		return "segment is out of the file's bounds";

	/* or a verdict would ask the visibility map of blocks that there are not */
	if (segment->heap_start > segment->last_block ||
		segment->last_block >= segment->heap_end)
		return "segment is out of the table's bounds";
	return NULL;
}

/* Raise an error unless it can. */
void
smol_check_meta(Relation index, Page page)
{
	const char *wrong;

	switch (judge_meta(page, &wrong))
	{
		case META_READABLE:
			return;
		case META_OTHER_VERSION:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("index \"%s\" has smol format version %d, which this version of smol cannot read",
							RelationGetRelationName(index),
							SmolPageGetMeta(page)->version),
					 errdetail("Version %s reads format versions %d to %d.",
							   SMOL_VERSION, SMOL_OLDEST_FORMAT, SMOL_FORMAT_VERSION),
					 errhint("Install a matching version of smol, or REINDEX INDEX \"%s\".",
							 RelationGetRelationName(index))));
		case META_OTHER_MACHINE:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("index \"%s\" was built on a machine of another byte order or block size",
							RelationGetRelationName(index)),
					 errhint("REINDEX INDEX \"%s\".", RelationGetRelationName(index))));
		case META_CORRUPT:
			smol_report_corrupt(index, SMOL_META_BLKNO, wrong);
	}
}

/* Raise the one error for a damaged page. */
void
smol_report_corrupt(Relation index, BlockNumber blkno, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\" is corrupt",
					RelationGetRelationName(index)),
			 errdetail("Block %u: %s.", blkno, what),
			 errhint("REINDEX INDEX \"%s\".",
					 RelationGetRelationName(index))));
}
