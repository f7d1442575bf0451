/*-------------------------------------------------------------------------
 *
 * inspect.c
 *	  What an index looks like: smol_inspect, smol_index_stats,
 *	  smol_index_state.
 *
 * These show sizes and states, and no values: anybody may call them, as
 * anybody may call pg_relation_size.
 *
 * The view smol_indexes calls the latter two for every smol index there is,
 * so one that is damaged, of a version that is unknown here, or gone since
 * the view's snapshot must not end in an error: it has NULLs, or is
 * 'unreadable'.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/inspect/inspect.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "am/smolam.h"
#include "catalog/index.h"
#include "funcapi.h"
#include "inspect/smolinspect.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "plan/smolplan.h"
#include "storage/bufmgr.h"
#include "tree/smolseal.h"
#include "tree/smolbloom.h"
#include "tree/smoltree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

PG_FUNCTION_INFO_V1(smol_inspect);
PG_FUNCTION_INFO_V1(smol_inspect_leaves);
PG_FUNCTION_INFO_V1(smol_index_stats);
PG_FUNCTION_INFO_V1(smol_index_state);

/*
 * Lock and open an index that a user named, after its table: the order in
 * which everybody does.  Raises an error unless it is a smol index whose pages
 * can be read here.  With missing_ok, returns false if there is no such
 * relation (any more).
 */
bool
smol_open_target(Oid indexoid, bool missing_ok, SmolTarget *target)
{
	Oid			heapoid = IndexGetRelation(indexoid, true);

	target->heap = NULL;
	if (OidIsValid(heapoid))
		target->heap = try_table_open(heapoid, AccessShareLock);

	/* a table or the like is index_open's to complain about */
	if (target->heap == NULL && missing_ok && get_rel_name(indexoid) == NULL)
		return false;
	if (missing_ok)
	{
		target->index = try_index_open(indexoid, AccessShareLock);
		if (target->index == NULL)
		{
			if (target->heap)
				table_close(target->heap, AccessShareLock);
			return false;
		}
	}
	else
		target->index = index_open(indexoid, AccessShareLock);

	/* we had no lock when we looked for the table */
	if (target->heap == NULL || heapoid != IndexGetRelation(indexoid, false))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("could not open parent table of index \"%s\"",
						RelationGetRelationName(target->index))));

	if (target->index->rd_rel->relkind == RELKIND_PARTITIONED_INDEX)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("index \"%s\" is partitioned",
						RelationGetRelationName(target->index)),
				 errhint("Name the index of one of the partitions.")));
	if (!smol_is_smol_index(target->index))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("index \"%s\" is not a smol index",
						RelationGetRelationName(target->index))));
	if (RELATION_IS_OTHER_TEMP(target->index))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot access temporary indexes of other sessions"),
				 errdetail("Index \"%s\" is on a temporary table of another session.",
						   RelationGetRelationName(target->index))));
	if (target->index->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED &&
		RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot access unlogged indexes during recovery"),
				 errdetail("Index \"%s\" is on an unlogged table.",
						   RelationGetRelationName(target->index))));
	return true;
}

void
smol_close_target(SmolTarget *target)
{
	index_close(target->index, AccessShareLock);
	table_close(target->heap, AccessShareLock);
}

/*
 * Read blocks [start, end) once, without washing the buffer cache away.  The
 * struct must stay where it is.
 */
void
smol_begin_page_stream(SmolPageStream *stream, Relation index,
					   BlockNumber start, BlockNumber end)
{
	stream->strategy = GetAccessStrategy(BAS_BULKREAD);
	stream->range.current_blocknum = start;
	stream->range.last_exclusive = end;
	stream->stream = read_stream_begin_relation(READ_STREAM_MAINTENANCE |
												READ_STREAM_FULL |
												READ_STREAM_USE_BATCHING,
												stream->strategy, index,
												MAIN_FORKNUM,
												block_range_read_stream_cb,
												&stream->range, 0);
}

/* The next page, pinned, or InvalidBuffer at the end. */
Buffer
smol_next_page(SmolPageStream *stream)
{
	return read_stream_next_buffer(stream->stream, NULL);
}

void
smol_end_page_stream(SmolPageStream *stream)
{
	read_stream_end(stream->stream);
	FreeAccessStrategy(stream->strategy);
}

/*
 * Call something that reads an index, in a subtransaction: false if the index
 * turned out to be unreadable.  Other errors go on.
 */
static bool
try_read(void (*callback) (SmolTarget *target, void *arg), SmolTarget *target,
		 void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool readable = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		callback(target, arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;

		/*
		 * Damage that we found, damage that PostgreSQL found (a page's
		 * checksum, a file that is too short), a format of another version.
		 */
		if (error->sqlerrcode != ERRCODE_INDEX_CORRUPTED &&
			error->sqlerrcode != ERRCODE_DATA_CORRUPTED &&
			error->sqlerrcode != ERRCODE_FEATURE_NOT_SUPPORTED)
			ReThrowError(error);
		FreeErrorData(error);
		readable = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return readable;
}

/* ---- smol_inspect ---- */

typedef struct ColumnSize
{
	uint64		bytes;			/* of chunks and what points to them */
	uint64		chunks[SMOL_NUM_CODECS];	/* by codec */
} ColumnSize;

/* How values are kept. */
static char *
image_name(const SmolColumnDesc *desc)
{
	switch ((SmolImage) desc->image)
	{
		case SMOL_IMAGE_UINT1:
			return "uint1";
		case SMOL_IMAGE_INT2:
			return "int2";
		case SMOL_IMAGE_INT4:
			return "int4";
		case SMOL_IMAGE_INT8:
			return "int8";
		case SMOL_IMAGE_UINT4:
			return "uint4";
		case SMOL_IMAGE_FLOAT4:
			return "float4";
		case SMOL_IMAGE_FLOAT8:
			return "float8";
		case SMOL_IMAGE_FIXED:
			return psprintf("%u bytes", desc->length);
		case SMOL_IMAGE_VARLENA:
			return "varying bytes";
		case SMOL_IMAGE_UINT8:
			return "uint8";
		case SMOL_IMAGE_DECIMAL:
			return psprintf("decimal, scale %u", desc->scale);
		case SMOL_IMAGE_NAME:
			return "name";
	}
	return "unknown";			/* the metapage check lets none through */
}

/* "rle", or by how many leaves use it: "for 1200, rle 3". */
static char *
codec_names(const ColumnSize *size)
{
	StringInfoData buf;
	int			used = 0;

	for (int i = 0; i < SMOL_NUM_CODECS; i++)
		used += size->chunks[i] > 0;

	initStringInfo(&buf);
	for (uint64 below = PG_UINT64_MAX, left = used; left > 0;)
	{
		uint64		most = 0;

		/* the most used first */
		for (int i = 0; i < SMOL_NUM_CODECS; i++)
			if (size->chunks[i] < below)
				most = Max(most, size->chunks[i]);
		for (int i = 0; i < SMOL_NUM_CODECS; i++)
		{
			if (size->chunks[i] != most)
				continue;
			if (buf.len > 0)
				appendStringInfoString(&buf, ", ");
			appendStringInfoString(&buf, smol_get_codec(i)->name);
			if (used > 1)
				appendStringInfo(&buf, " " UINT64_FORMAT, most);
			left--;
		}
		below = most;
	}
	return buf.data;
}

/* Call a function for each leaf, in order. */
static void
visit_leaves(SmolReader *reader,
			 void (*visit) (SmolReader *reader, uint32 leaf, Page page, void *arg),
			 void *arg)
{
	const SmolSegment *segment = reader->segment;
	SmolPageStream stream;
	Buffer		buffer;

	if (segment->nleaves == 0)
		return;
	smol_begin_page_stream(&stream, reader->index, segment->first_leaf,
						   segment->first_leaf + segment->nleaves);
	for (uint32 leaf = 0; BufferIsValid(buffer = smol_next_page(&stream)); leaf++)
	{
		Page		page = BufferGetPage(buffer);
		BlockNumber blkno = segment->first_leaf + leaf;
		const char *wrong = smol_check_page(page, SMOL_PAGE_LEAF, 0, blkno,
											reader->meta.ncolumns);

		CHECK_FOR_INTERRUPTS();
		if (wrong)
			smol_report_corrupt(reader->index, blkno, wrong);
		visit(reader, leaf, page, arg);
		ReleaseBuffer(buffer);
	}
	smol_end_page_stream(&stream);
}

/*
 * A column's chunk on a leaf, and what it takes there: with its null map and
 * the references to both.
 */
static uint32
leaf_column(SmolReader *reader, Page page, int column, SmolChunk *values)
{
	SmolChunk	nulls;
	uint32		bytes = 0;

	if (smol_page_chunk(page, &reader->meta.columns[column], column, values, &nulls))
		bytes += sizeof(SmolChunkRef) + nulls.len;
	return bytes + sizeof(SmolChunkRef) + values->len;
}

/* Add up the columns' bytes. */
static void
measure_leaf(SmolReader *reader, uint32 leaf, Page page, void *arg)
{
	ColumnSize *sizes = arg;

	for (int i = 0; i < reader->meta.ncolumns; i++)
	{
		SmolChunk	values;

		sizes[i].bytes += leaf_column(reader, page, i, &values);
		sizes[i].chunks[values.codec]++;
	}
}

/*
 * smol_inspect(index regclass): a row for each column.
 */
Datum
smol_inspect(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	SmolTarget	target;
	SmolReader *reader;
	ColumnSize	sizes[INDEX_MAX_KEYS] = {0};
	uint64		bloom[INDEX_MAX_KEYS] = {0};

	InitMaterializedSRF(fcinfo, 0);
	(void) smol_open_target(PG_GETARG_OID(0), false, &target);
	reader = smol_open_reader(target.index);
	visit_leaves(reader, measure_leaf, sizes);
	smol_measure_bloom(reader, bloom);

	for (int i = 0; i < reader->meta.ncolumns; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(target.index), i);
		const SmolColumnDesc *desc = &reader->meta.columns[i];
		bool		empty = reader->segment->nrows == 0;
		Datum		values[8];
		bool		nulls[8] = {0};

		values[0] = Int16GetDatum(att->attnum);
		values[1] = NameGetDatum(&att->attname);
		values[2] = CStringGetTextDatum(image_name(desc));
		if (empty)
			nulls[3] = true;
		else
			values[3] = CStringGetTextDatum(codec_names(&sizes[i]));
		values[4] = Int64GetDatum((int64) sizes[i].bytes);
		if (empty)
			nulls[5] = true;
		else
			values[5] = Float8GetDatum((double) sizes[i].bytes / reader->segment->nrows);
		values[6] = BoolGetDatum((desc->flags & SMOL_COLUMN_KEY) != 0);
		nulls[7] = desc->hash == 0;
		values[7] = Int64GetDatum((int64) bloom[i]);
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}

	smol_close_reader(reader);
	smol_close_target(&target);
	return (Datum) 0;
}

/* ---- smol_inspect_leaves ---- */

/*
 * Bytes that a column's values on a leaf have as such: what there is to save.
 */
static int64
raw_bytes(SmolReader *reader, Page page, int column, const SmolChunk *values)
{
	Form_pg_attribute att = TupleDescAttr(RelationGetDescr(reader->index), column);
	int64		bytes = 0;

	if (att->attlen > 0)
		return (int64) att->attlen * values->n;

	for (uint32 first = 0; first < values->n;)
	{
		int64		words[256];
		SmolSlice	slices[256];
		SmolVec		vec = {.words = words,.slices = slices};
		uint32		n = Min((uint32) lengthof(slices), values->n - first);

		if (values->lane == SMOL_LANE_BYTES)
			vec.arena = palloc(smol_arena_size(values, n));
		if (!smol_decode_chunk(values, first, n, &vec))
			smol_report_corrupt(reader->index, SmolPageGetOpaque(page)->block,
								"column does not decode");
		for (uint32 i = 0; i < n; i++)
		{
			uint8 decimal[SMOL_DECIMAL_BYTES];

			bytes += values->lane == SMOL_LANE_BYTES ? slices[i].len :
				smol_word_to_numeric(words[i],
									 reader->meta.columns[column].scale, decimal);
		}
		if (vec.arena)
			pfree(vec.arena);
		first += n;
	}
	return bytes;
}

static void
describe_leaf(SmolReader *reader, uint32 leaf, Page page, void *arg)
{
	ReturnSetInfo *rsinfo = arg;

	for (int i = 0; i < reader->meta.ncolumns; i++)
	{
		SmolChunk	chunk;
		uint32		bytes = leaf_column(reader, page, i, &chunk);
		Datum		values[9];
		bool		nulls[9] = {0};

		values[0] = Int64GetDatum(leaf);
		values[1] = Int64GetDatum(SmolPageGetOpaque(page)->block);
		values[2] = Int64GetDatum((int64) SmolPageGetPack(page)->first_row);
		values[3] = Int32GetDatum(chunk.n);
		values[4] = Int16GetDatum(i + 1);
		values[5] = NameGetDatum(&TupleDescAttr(RelationGetDescr(reader->index), i)->attname);
		values[6] = CStringGetTextDatum(smol_get_codec(chunk.codec)->name);
		values[7] = Int32GetDatum(bytes);
		values[8] = Int64GetDatum(raw_bytes(reader, page, i, &chunk));
		tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, values, nulls);
	}
}

/*
 * smol_inspect_leaves(index regclass): a row for each column of each leaf.
 */
Datum
smol_inspect_leaves(PG_FUNCTION_ARGS)
{
	SmolTarget	target;
	SmolReader *reader;

	InitMaterializedSRF(fcinfo, 0);
	(void) smol_open_target(PG_GETARG_OID(0), false, &target);
	reader = smol_open_reader(target.index);
	visit_leaves(reader, describe_leaf, fcinfo->resultinfo);
	smol_close_reader(reader);
	smol_close_target(&target);
	return (Datum) 0;
}

/* Make the one row that a function returns. */
static Datum
return_row(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc	tupdesc;

	if (get_call_result_type(fcinfo, NULL, &tupdesc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(tupdesc), values, nulls));
}

/* ---- smol_index_stats ---- */

static void
read_meta(SmolTarget *target, void *arg)
{
	smol_read_meta(target->index, arg);
}

/*
 * smol_index_stats(index regclass): the index as a whole, as its metapage has
 * it.  NULLs for what can't be read.
 */
Datum
smol_index_stats(PG_FUNCTION_ARGS)
{
	SmolTarget	target;
	SmolMetaPageData meta;
	const SmolSegment *segment = &meta.segments[0];
	Datum		values[10] = {0};
	bool		nulls[10];
	int64		pages;

	memset(nulls, true, sizeof(nulls));
	if (!smol_open_target(PG_GETARG_OID(0), true, &target))
		return return_row(fcinfo, values, nulls);

#define SET(i, datum) (values[i] = (datum), nulls[i] = false)
	pages = RelationGetNumberOfBlocks(target.index);
	SET(1, Int64GetDatum(pages));
	SET(7, Int64GetDatum(pages * BLCKSZ));
	if (try_read(read_meta, &target, &meta))
	{
		SET(0, Int32GetDatum(meta.version));
		SET(2, Int64GetDatum(segment->nleaves));
		SET(3, Int64GetDatum(pages - 1 - (int64) segment->nleaves -
							 (int64) segment->footprint_pages -
							 (int64) segment->bloom_pages));
		SET(4, Int64GetDatum(segment->footprint_pages));
		SET(5, Int64GetDatum((int64) segment->nrows));
		SET(6, Int32GetDatum((int32) segment->height));
		if (segment->nrows > 0)
			SET(8, Float8GetDatum((double) pages * BLCKSZ / segment->nrows));
		SET(9, Int64GetDatum(segment->bloom_pages));
	}
#undef SET

	smol_close_target(&target);
	return return_row(fcinfo, values, nulls);
}

/* ---- smol_index_state ---- */

typedef struct StateCheck
{
	const char *state;			/* NULL: current */
	SmolVerdict verdict;
} StateCheck;

static void
check_state(SmolTarget *target, void *arg)
{
	StateCheck *check = arg;

	check->state = smol_why_unusable(target->heap, target->index, true, NULL,
									 &check->verdict);
}

/*
 * smol_index_state(index regclass): could a scan that starts now use the
 * index, and if not, what helps?
 */
Datum
smol_index_state(PG_FUNCTION_ARGS)
{
	SmolTarget	target;
	StateCheck	check = {0};
	Datum		values[2] = {0};
	bool		nulls[2] = {true, true};

	if (!smol_open_target(PG_GETARG_OID(0), true, &target))
		return return_row(fcinfo, values, nulls);

	/* DROP INDEX CONCURRENTLY that was interrupted leaves an invalid index */
	if (!target.index->rd_index->indisvalid)
		check.state = "invalid";
	else if (!try_read(check_state, &target, &check))
		check.state = "unreadable";

	/* nothing but a new file helps, then */
	if (check.state && check.verdict.state != SMOL_SEAL_WAITING)
		check.verdict.state = SMOL_SEAL_STALE;

	values[0] = CStringGetTextDatum(check.state ? check.state : "current");
	nulls[0] = false;
	if (check.state)
	{
		values[1] = CStringGetTextDatum(smol_advice(target.heap, target.index,
													&check.verdict));
		nulls[1] = false;
	}
	smol_close_target(&target);
	return return_row(fcinfo, values, nulls);
}
