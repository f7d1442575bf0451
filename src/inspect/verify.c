/*-------------------------------------------------------------------------
 *
 * verify.c
 *	  smol_verify: is an index what its builder meant it to be?
 *
 * Every byte of the file is looked at.  Each page must be where the layout
 * wants it, sound in structure and true to its CRC; rows must be in the order
 * of their operator classes, within a leaf and from leaf to leaf; and whatever
 * a level says of the one below (where its pages are, their first rows, row
 * counts, minima, maxima, sums, heap blocks) is worked out again and compared.
 *
 * On request the index's rows are compared with the table's as well
 * (verifyheap.c).  Else nothing is said of whether they are the same; a stale
 * index is as sound as any.
 *
 * Levels are checked bottom up, parent by parent.  A parent's rows say of
 * which pages they tell, and these must be the pages of the level below, in
 * the order of the file and each once.  So one pass over a level's parents
 * checks the children too, and all that is kept of the pages before is where
 * the next level begins and the last row's key.
 *
 * smol_verify raises the first finding.  smol_verify_report makes a row of
 * each: what can be checked without what was found damaged goes on, in
 * subtransactions, as the functions that find something raise errors and so
 * do those of PostgreSQL and of the operator classes.  That costs it a few
 * microseconds a page.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/inspect/verify.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/genam.h"
#include "access/xact.h"
#include "am/smolam.h"
#include "funcapi.h"
#include "inspect/smolinspect.h"
#include "inspect/smolverify.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/resowner.h"

PG_FUNCTION_INFO_V1(smol_verify);
PG_FUNCTION_INFO_V1(smol_verify_report);

/* A level that is being checked, together with the level below. */
typedef struct Level
{
	int			level;			/* of the parents */
	BlockNumber next;			/* parent's block */
	bool		lost;			/* a parent was damaged: how many children it
								 * had is not known */
	bool		ended;			/* ... and next is not of this level */
	BlockNumber first_child;	/* of a parent after a damaged one */
	uint32		row;			/* of the parent, tells of the child */
	BlockNumber child;
	BlockNumber children_end;
	bool		child_sound;
	bool		next_row_known;
	uint64		next_row;		/* number of the next child's first row */
} Level;

/* ---- findings ---- */

/* Which part of the file is this? */
static const char *
block_kind(Verify *v, BlockNumber block)
{
	const SmolSegment *segment = v->segment;

	if (block == InvalidBlockNumber)
		return "table";
	if (block == SMOL_META_BLKNO)
		return "metapage";
	if (segment->nrows == 0 || block < segment->first_leaf || block > segment->root)
		return "file";
	if (block < segment->footprint)
		return "leaf";
	if (block < segment->footprint + segment->footprint_pages)
		return "footprint";
	if (block < segment->footprint + segment->footprint_pages + segment->bloom_pages)
		return "bloom filters";
	return "inner";
}

static void
add_finding(Verify *v, BlockNumber block, const char *detail)
{
	Datum		values[3];
	bool		nulls[3] = {false, block == InvalidBlockNumber, false};

	values[0] = CStringGetTextDatum(block_kind(v, block));
	values[1] = Int64GetDatum(block);
	values[2] = CStringGetTextDatum(detail);
	tuplestore_putvalues(v->report->setResult, v->report->setDesc, values, nulls);
	v->nfindings++;
}

/*
 * Raise the error for a page, or with InvalidBlockNumber for rows that are not
 * the table's.
 */
void
smol_complain(Verify *v, BlockNumber blkno, const char *fmt,...)
{
	va_list		args;

	va_start(args, fmt);
	vsnprintf(v->complaint.detail, sizeof(v->complaint.detail), fmt, args);
	va_end(args);
	v->complaint.valid = true;
	v->complaint.block = blkno;
	if (blkno != InvalidBlockNumber)
		smol_report_corrupt(v->index, blkno, v->complaint.detail);
	ereport(ERROR,
			(errcode(ERRCODE_INDEX_CORRUPTED),
			 errmsg("index \"%s\" does not match table \"%s\"",
					RelationGetRelationName(v->index),
					RelationGetRelationName(v->heap)),
			 errdetail("Compared with the table, %s.", v->complaint.detail),
			 errhint("REINDEX INDEX \"%s\".", RelationGetRelationName(v->index))));
}

/*
 * Does an error tell of the index?  Those of damaged pages and lost files do,
 * and those of an operator class that is given what is no value of its type.
 */
static bool
is_finding(const ErrorData *error)
{
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR):	/* and corruption */
		case ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION):
		case ERRCODE_TO_CATEGORY(ERRCODE_SYSTEM_ERROR):
		case ERRCODE_TO_CATEGORY(ERRCODE_FEATURE_NOT_SUPPORTED):
			return true;
		default:
			return false;
	}
}

/*
 * Check something that is about a block, and say whether it is sound; what is
 * found becomes a row of the report.  Without a report it is raised.
 *
 * The check must leave nothing pinned, locked or registered.
 */
static bool
check(Verify *v, BlockNumber block, void (*callback) (Verify *v, void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	if (v->report == NULL)
	{
		callback(v, arg);
		return true;
	}

	v->complaint.valid = false;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		callback(v, arg);
		smol_end_footprint_scan(&v->footprint);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (!is_finding(error))
			ReThrowError(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error == NULL)
		return true;

	/* its pin is gone, and the last row may be half of one page's */
	memset(&v->footprint, 0, sizeof(v->footprint));
	v->have_last = false;
	if (v->complaint.valid)
		add_finding(v, v->complaint.block, v->complaint.detail);
	else if (error->detail)
		add_finding(v, block, psprintf("%s: %s", error->message, error->detail));
	else
		add_finding(v, block, error->message);
	FreeErrorData(error);
	return false;
}

/* Something is wrong with a block that need not end the check. */
static void
find(Verify *v, BlockNumber block, const char *what)
{
	if (v->report == NULL)
		smol_complain(v, block, "%s", what);
	add_finding(v, block, what);
}

/* ---- the levels ---- */

static inline int
damaged_member(Verify *v, BlockNumber block)
{
	return (int) (block - v->segment->footprint - v->segment->footprint_pages);
}

static void
load_parent(Verify *v, void *arg)
{
	Level	   *level = arg;
	CheckedPage *parent = &v->parent;

	level->first_child = level->child;
	if (level->lost && level->next >= v->nblocks)
	{
		level->ended = true;
		return;
	}
	if (level->next >= v->nblocks)
		smol_complain(v, level->next, "page of level %d is missing at the end of the file",
					  level->level);
	if (level->lost)
	{
		Buffer		buffer = smol_verify_read(v, level->next);
		char	   *page = BufferGetPage(buffer);

		level->ended = ((SmolPageOpaque) (page + BLCKSZ - SMOL_SPECIAL_SIZE))->level == level->level + 1;
		ReleaseBuffer(buffer);
		if (level->ended)
			return;
	}
	smol_verify_load(v, parent, level->next, level->level);
	if (level->lost)
	{
		int64		first;

		smol_verify_decode(v, parent, &v->parent_row, 0, 1);
		first = v->parent_row.columns[SMOL_INNER_CHILD].words[0];
		if (first > level->child && first < level->children_end)
			level->first_child = (BlockNumber) first;
	}
	else if (level->next_row_known && parent->first_row != level->next_row)
		smol_complain(v, parent->blkno, "first row is " UINT64_FORMAT ", not " UINT64_FORMAT,
					  parent->first_row, level->next_row);
}

/* Check a child for itself, and work out what its parent has to say of it. */
static void
check_child(Verify *v, void *arg)
{
	Level	   *level = arg;

	smol_verify_load(v, &v->page, level->child, level->level - 1);
	if (level->next_row_known && v->page.first_row != level->next_row)
		smol_complain(v, v->page.blkno, "first row is " UINT64_FORMAT ", not " UINT64_FORMAT,
					  v->page.first_row, level->next_row);
	if (level->level == 1)
		smol_verify_leaf(v, &v->page);
	else
		smol_verify_inner(v, &v->page);
	level->next_row = v->page.first_row +
		(uint64) v->summary.values[SMOL_INNER_NROWS].word;
	level->next_row_known = true;
}

/* The next child.  A damaged inner page was found as a parent before. */
static void
next_child(Verify *v, Level *level)
{
	level->child_sound =
		!(level->level > 1 && bms_is_member(damaged_member(v, level->child), v->damaged)) &&
		check(v, level->child, check_child, level);
	if (!level->child_sound)
		level->next_row_known = false;
}

/* Compare a child with its parent. */
static void
check_parent_row(Verify *v, void *arg)
{
	Level	   *level = arg;
	int64		child;

	smol_verify_decode(v, &v->parent, &v->parent_row, level->row, 1);
	child = v->parent_row.columns[SMOL_INNER_CHILD].words[0];
	if (level->child >= level->children_end || child != level->child)
		smol_complain(v, v->parent.blkno, "child %u is block %lld, not the next block of the level below, %u",
					  level->row, (long long) child, level->child);
	if (level->child_sound)
		smol_verify_parent(v, &v->parent, level->row, level->level - 1);
}

/*
 * Check a level: its pages begin at 'start', and its children are the pages
 * [child, children_end), which are of level - 1.  Returns the first block
 * after the level.
 *
 * The children of a damaged parent are checked for themselves, up to where the
 * next parent's begin.
 */
static BlockNumber
verify_level(Verify *v, int number, BlockNumber start,
			 BlockNumber child, BlockNumber children_end)
{
	Level		level = {.level = number,.next = start,.child = child,
	.children_end = children_end,.next_row_known = true};
	uint64		nfindings = v->nfindings;

	elog(DEBUG1, "verifying level %d of index \"%s\"", number - 1,
		 RelationGetRelationName(v->index));
	v->have_last = false;
	for (; level.child < children_end; level.next++)
	{
		bool		sound = check(v, level.next, load_parent, &level);

		if (level.ended)
			break;
		if (!sound)
		{
			level.lost = true;
			v->damaged = bms_add_member(v->damaged, damaged_member(v, level.next));
			continue;
		}
		for (; level.child < level.first_child; level.child++)
			next_child(v, &level);
		level.lost = false;

		/* one finding a parent */
		for (level.row = 0; level.row < v->parent.nrows; level.row++)
		{
			if (level.child < children_end)
				next_child(v, &level);
			sound = sound && check(v, level.next, check_parent_row, &level);
			if (level.child >= children_end)
				break;
			level.child++;
		}
		if (!sound)
			v->damaged = bms_add_member(v->damaged, damaged_member(v, level.next));
	}
	for (; level.child < children_end; level.child++)
		next_child(v, &level);

	if (v->nfindings == nfindings && level.next_row != v->segment->nrows)
		find(v, SMOL_META_BLKNO,
			 psprintf("level %d has " UINT64_FORMAT " rows, the metapage says " UINT64_FORMAT,
					  number - 1, level.next_row, v->segment->nrows));
	return level.next;
}

static void
check_footprint_page(Verify *v, void *arg)
{
	BlockNumber blkno = *(BlockNumber *) arg;
	Buffer		buffer = smol_verify_read(v, blkno);
	Page		page = BufferGetPage(buffer);
	const char *wrong = smol_check_page(page, SMOL_PAGE_FOOTPRINT, 0, blkno, 0);

	if (wrong)
		smol_complain(v, blkno, "%s", wrong);
	smol_verify_bytes(v, blkno, page);
	if (SmolPageGetFootprint(page)->nbytes == 0)
		smol_complain(v, blkno, "footprint page is empty");
	ReleaseBuffer(buffer);
}

/* Check entries, and how many line pointers they have. */
static void
check_footprint(Verify *v, void *arg)
{
	const SmolSegment *segment = v->segment;
	SmolFootprintScan *scan = &v->footprint;
	BlockNumber after = 0;
	uint64		nrows = 0;
	uint32		page = PG_UINT32_MAX;

	smol_begin_footprint_scan(scan, v->index, segment, false);
	while (smol_next_footprint(scan))
	{
		const SmolFootprintEntry *entry = &scan->entry;
		BlockNumber blkno = segment->footprint + scan->page;
		uint64		offsets = 0;

		CHECK_FOR_INTERRUPTS();
		if (page != scan->page)
		{
			if (entry->start != SmolPageGetFootprint(BufferGetPage(scan->buffer))->first_block)
				smol_complain(v, blkno, "first entry does not begin at the page's first block");
			page = scan->page;
		}
		if (entry->start < after)
			smol_complain(v, blkno, "footprint entries do not ascend at heap block %u",
						  entry->start);
		if (entry->start < segment->heap_start ||
			entry->start + entry->nblocks > segment->heap_end)
			smol_complain(v, blkno, "footprint entry at heap block %u is outside the segment",
						  entry->start);
		if (nrows == 0)
			v->first_block = entry->start;
		after = entry->start + entry->nblocks;

		for (int i = 0; i < entry->nruns; i++)
		{
			if (i > 0 && entry->runs[i].first <= entry->runs[i - 1].last + 1)
				smol_complain(v, blkno, "footprint runs touch at heap block %u", entry->start);
			offsets += entry->runs[i].last - entry->runs[i].first + 1;
		}
		nrows += offsets * entry->nblocks;
	}

	if (nrows != segment->nrows)
		smol_complain(v, SMOL_META_BLKNO, "footprint has " UINT64_FORMAT " line pointers, the metapage says " UINT64_FORMAT " rows",
					  nrows, segment->nrows);
	if (after != segment->last_block + 1)
		smol_complain(v, SMOL_META_BLKNO, "footprint ends with heap block %u, the metapage says %u",
					  after - 1, segment->last_block);
	if (!smol_verify_in_footprint(v, ItemPointerGetBlockNumberNoCheck(&segment->witness),
								  ItemPointerGetOffsetNumberNoCheck(&segment->witness)))
		smol_complain(v, SMOL_META_BLKNO, "witness is not in the footprint");
}

/*
 * Check the footprint: entries ascend, every indexed row has its line pointer,
 * and the metapage knows first and last.
 */
static void
verify_footprint(Verify *v)
{
	uint64		nfindings = v->nfindings;

	for (uint32 i = 0; i < v->segment->footprint_pages; i++)
	{
		BlockNumber blkno = v->segment->footprint + i;

		(void) check(v, blkno, check_footprint_page, &blkno);
	}
	if (v->nfindings == nfindings)
		(void) check(v, v->segment->footprint, check_footprint, NULL);
	v->footprint_unsound = v->nfindings > nfindings;
}

typedef struct BloomPage
{
	BlockNumber block;
	uint32		leaf;			/* of its first record */
} BloomPage;

static void
check_bloom_page(Verify *v, void *arg)
{
	BloomPage  *page = arg;

	smol_verify_bloom_page(v, page->block, &page->leaf);
}

/* Check the pages of bloom filters, but not yet the filters. */
static void
verify_bloom(Verify *v)
{
	const SmolSegment *segment = v->segment;
	BloomPage	page = {segment->footprint + segment->footprint_pages, 0};

	for (uint32 i = 0; i < segment->bloom_pages; i++, page.block++)
		(void) check(v, page.block, check_bloom_page, &page);
	if (page.leaf != InvalidBlockNumber && page.leaf != segment->nleaves)
		find(v, SMOL_META_BLKNO,
			 psprintf("there are bloom filters of %u leaves, the metapage says %u leaves",
					  page.leaf, segment->nleaves));
}

/* ---- the metapage ---- */

/* Bytes of a Datum that has such an image. */
static inline int
word_length(uint8 image)
{
	switch ((SmolImage) image)
	{
		case SMOL_IMAGE_UINT1:
			return 1;
		case SMOL_IMAGE_INT2:
			return 2;
		case SMOL_IMAGE_INT4:
		case SMOL_IMAGE_UINT4:
		case SMOL_IMAGE_FLOAT4:
			return 4;
		default:
			return 8;
	}
}

/* Read and check the metapage, from the file and not from any cache. */
static void
check_meta(Verify *v, void *arg)
{
	TupleDesc	tupdesc = RelationGetDescr(v->index);
	const SmolSegment *segment = v->segment;
	Buffer		buffer;

	v->nblocks = RelationGetNumberOfBlocks(v->index);
	if (v->nblocks == 0)
		smol_complain(v, SMOL_META_BLKNO, "file is empty");
	buffer = smol_verify_read(v, SMOL_META_BLKNO);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	smol_check_meta(v->index, BufferGetPage(buffer));
	smol_verify_bytes(v, SMOL_META_BLKNO, BufferGetPage(buffer));
	if (((PageHeader) BufferGetPage(buffer))->pd_lower !=
		MAXALIGN(SizeOfPageHeaderData) + sizeof(SmolMetaPageData))
		smol_complain(v, SMOL_META_BLKNO, "metapage has a wrong length");
	memcpy(&v->meta, SmolPageGetMeta(BufferGetPage(buffer)), sizeof(v->meta));
	UnlockReleaseBuffer(buffer);

	if ((v->meta.flags & ~(SMOL_META_STALE | SMOL_META_NULLS)) != 0)
		smol_complain(v, SMOL_META_BLKNO, "metapage has unknown flags");
	if (!FullTransactionIdIsNormal(v->meta.builder) ||
		FullTransactionIdFollowsOrEquals(v->meta.builder, ReadNextFullTransactionId()))
		smol_complain(v, SMOL_META_BLKNO, "index was built by a transaction of the future");
	if (v->meta.unused != 0 || segment->unused != 0 ||
		!smol_all_zeros((char *) &v->meta.columns[v->meta.ncolumns],
						(char *) &v->meta.columns[INDEX_MAX_KEYS]))
		smol_complain(v, SMOL_META_BLKNO, "unused space is not zero");

	if (v->meta.ncolumns != IndexRelationGetNumberOfAttributes(v->index) ||
		v->meta.nkeys != IndexRelationGetNumberOfKeyAttributes(v->index))
		smol_complain(v, SMOL_META_BLKNO, "metapage describes an index of other columns");

	/*
	 * The images may be other ones than the build would choose today: ALTER
	 * TYPE keeps the file where the old values serve the new type.  But a
	 * Datum made of them must be one of the column's kind.
	 */
	for (int i = 0; i < v->meta.ncolumns; i++)
	{
		const SmolColumnDesc *desc = &v->meta.columns[i];
		CompactAttribute *att = TupleDescCompactAttr(tupdesc, i);
		bool		fits;
		int			flags = 0;

		if (desc->image == SMOL_IMAGE_DECIMAL)
			fits = att->attlen == -1;
		else if (desc->image == SMOL_IMAGE_NAME)
			fits = !att->attbyval && att->attlen == NAMEDATALEN;
		else if (SmolImageIsWord(desc->image))
			fits = att->attbyval && att->attlen == word_length(desc->image);
		else if (desc->image == SMOL_IMAGE_FIXED)
			fits = !att->attbyval && att->attlen == desc->length;
		else
			fits = att->attlen == -1;
		if (!fits)
			smol_complain(v, SMOL_META_BLKNO, "column %d is stored as another type", i + 1);

		if (i < v->meta.nkeys)
		{
			flags = SMOL_COLUMN_KEY;
			if (v->index->rd_indoption[i] & INDOPTION_DESC)
				flags |= SMOL_COLUMN_DESC;
			if (v->index->rd_indoption[i] & INDOPTION_NULLS_FIRST)
				flags |= SMOL_COLUMN_NULLS_FIRST;
		}
		if (desc->flags != flags)
			smol_complain(v, SMOL_META_BLKNO, "column %d is stored in another order", i + 1);
		if ((desc->stats & SMOL_STATS_SUM) && !SmolImageIsInt(desc->image))
			smol_complain(v, SMOL_META_BLKNO, "column %d cannot have sums", i + 1);
	}

	/* the layout: leaves, footprint, levels, and nothing between or behind */
	if (segment->nrows == 0)
	{
		if (segment->nleaves != 0 || segment->height != 0 ||
			segment->footprint_pages != 0 || segment->bloom_pages != 0 ||
			segment->first_leaf != InvalidBlockNumber ||
			segment->root != InvalidBlockNumber ||
			segment->footprint != InvalidBlockNumber ||
			segment->last_block != InvalidBlockNumber ||
			ItemPointerIsValid(&segment->witness))
			smol_complain(v, SMOL_META_BLKNO, "empty segment has pages");
		return;
	}
	if (segment->first_leaf != SMOL_META_BLKNO + 1 || segment->nleaves == 0 ||
		segment->footprint_pages == 0 ||
		(segment->bloom_pages != 0) != smol_has_bloom(&v->meta) ||
		segment->height < 1 || segment->height > SMOL_MAX_HEIGHT ||
		segment->heap_start > segment->heap_end ||
		(uint64) segment->first_leaf + segment->nleaves != segment->footprint ||
		(uint64) segment->footprint + segment->footprint_pages +
		segment->bloom_pages > segment->root)
		smol_complain(v, SMOL_META_BLKNO, "segment is out of bounds");
	if (segment->root >= v->nblocks)
		smol_complain(v, segment->root, "root page is missing at the end of the file");
}

/* Where an inner page has what of a column? */
static void
place_statistics(Verify *v)
{
	v->ninner = smol_inner_columns(&v->meta, v->inner);
	for (int i = 0; i < v->meta.ncolumns; i++)
	{
		const SmolColumnDesc *desc = &v->meta.columns[i];
		StatsPlace *place = &v->places[i];
		int			at = smol_inner_stats(&v->meta, i);

		place->nulls = (v->meta.flags & SMOL_META_NULLS) ? at++ : -1;
		place->minmax = (desc->stats & SMOL_STATS_MINMAX) ? at : -1;
		at += place->minmax >= 0 ? 2 : 0;
		place->sum = (desc->stats & SMOL_STATS_SUM) ? at : -1;
	}
}

static void
verify_pages(Verify *v)
{
	const SmolSegment *segment = v->segment;
	BlockNumber start;
	BlockNumber end;

	place_statistics(v);
	for (int i = 0; i < v->meta.nkeys; i++)
		smol_init_comparator(&v->comparators[i], v->index, i, &v->meta.columns[i],
							 InvalidOid);
	smol_verify_begin_rows(v);
	verify_footprint(v);
	v->bloom = smol_verify_begin_bloom(v);
	if (v->bloom)
		verify_bloom(v);

	start = segment->first_leaf;
	end = segment->footprint;
	for (int level = 1; level <= (int) segment->height; level++)
	{
		BlockNumber next = level == 1 ?
			end + segment->footprint_pages + segment->bloom_pages : end;
		BlockNumber after = verify_level(v, level, next, start, end);

		if (level == 1 && v->nfindings == 0 &&
			(v->heap_min != v->first_block || v->heap_max != segment->last_block))
			find(v, SMOL_META_BLKNO, "heap blocks of the leaves are not those of the footprint");
		start = next;
		end = after;
	}
	if (v->nfindings == 0 && (start != segment->root || end != segment->root + 1))
		find(v, segment->root, "root is not the only page of its level");
	smol_end_footprint_scan(&v->footprint);
}

static void
check_heap(Verify *v, void *arg)
{
	smol_verify_heap(v);
}

static void
verify_index(SmolTarget *target, bool heap, ReturnSetInfo *report)
{
	Verify	   *v = palloc0(sizeof(Verify));
	BlockNumber end;

	v->heap = target->heap;
	v->index = target->index;
	v->report = report;
	v->segment = &v->meta.segments[0];
	v->strategy = GetAccessStrategy(BAS_BULKREAD);
	v->heap_min = PG_INT64_MAX;

	if (!check(v, SMOL_META_BLKNO, check_meta, NULL))
		return;
	end = v->segment->nrows == 0 ? 1 : v->segment->root + 1;
	if (v->nblocks > end)
		find(v, end, "page belongs to nothing");
	if (v->segment->nrows > 0)
		verify_pages(v);

	/* rows of a damaged index are worth no comparison */
	if (heap && v->nfindings == 0)
		(void) check(v, InvalidBlockNumber, check_heap, NULL);
	FreeAccessStrategy(v->strategy);
}

/*
 * An operator class may call functions of the table owner's, and expressions
 * and predicates are the owner's, too.  They must not run with the rights of
 * whoever checks the index.
 */
static void
verify_as_owner(Oid indexoid, bool heap, ReturnSetInfo *report)
{
	SmolTarget	target;
	Oid			save_userid;
	int			save_sec_context;
	int			save_nestlevel;

	(void) smol_open_target(indexoid, false, &target);
	GetUserIdAndSecContext(&save_userid, &save_sec_context);
	SetUserIdAndSecContext(target.heap->rd_rel->relowner,
						   save_sec_context | SECURITY_RESTRICTED_OPERATION);
	save_nestlevel = NewGUCNestLevel();
	RestrictSearchPath();

	verify_index(&target, heap, report);

	AtEOXact_GUC(false, save_nestlevel);
	SetUserIdAndSecContext(save_userid, save_sec_context);
	smol_close_target(&target);
}

/*
 * smol_verify(index regclass [, heap boolean]): returns if the index is sound,
 * else raises the error of a corrupt index.  Takes no lock that hinders
 * readers or VACUUM, and writes nothing: it runs on a standby and in a
 * read-only transaction.
 */
Datum
smol_verify(PG_FUNCTION_ARGS)
{
	verify_as_owner(PG_GETARG_OID(0), PG_NARGS() > 1 && PG_GETARG_BOOL(1), NULL);
	PG_RETURN_VOID();
}

/*
 * smol_verify_report(index regclass, heap boolean): a row for each finding.
 */
Datum
smol_verify_report(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	verify_as_owner(PG_GETARG_OID(0), PG_GETARG_BOOL(1),
					(ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}
