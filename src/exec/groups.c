/*-------------------------------------------------------------------------
 *
 * groups.c
 *	  Which group does a row belong to?
 *
 * Groups are numbered as they come.  Where rows come sorted by the grouping
 * columns a row belongs to the last group or makes a new one, and the groups
 * before the last are complete.  Elsewhere a hash table tells.
 *
 * Keys are equal if their bytes are: smol_can_group admits only types of which
 * that is true.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/exec/groups.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "catalog/pg_type_d.h"
#include "common/hashfn.h"
#include "common/hashfn_unstable.h"
#include "exec/smolgroups.h"
#include "utils/memutils.h"

typedef struct WordEntry
{
	int64		key;
	uint32		group;
	char		status;
} WordEntry;

#define SH_PREFIX words
#define SH_ELEMENT_TYPE WordEntry
#define SH_KEY_TYPE int64
#define SH_KEY key
#define SH_HASH_KEY(tb, key) ((uint32) (murmurhash64((uint64) (key)) >> 32))
#define SH_EQUAL(tb, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/*
 * Groups by the hash of their keys.  An entry's key is the number of its group;
 * ROW_KEY stands for a row that is looked for, of the vectors in private_data.
 */
#define ROW_KEY		PG_UINT32_MAX

typedef struct KeysEntry
{
	uint32		group;
	uint32		hash;
	char		status;
} KeysEntry;

struct keys_hash;
static bool row_has_keys(struct keys_hash *table, uint32 group);

#define SH_PREFIX keys
#define SH_ELEMENT_TYPE KeysEntry
#define SH_KEY_TYPE uint32
#define SH_KEY group
#define SH_HASH_KEY(tb, key) 0	/* entries come and grow with their hash */
#define SH_EQUAL(tb, a, b) row_has_keys(tb, a)
#define SH_STORE_HASH
#define SH_GET_HASH(tb, entry) (entry)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define NO_GROUP	PG_UINT32_MAX

/* Words in a window of this size have their groups in an array. */
#define WINDOW		4096

struct SmolGroups
{
	int			nkeys;
	SmolColumnDesc descs[INDEX_MAX_KEYS];
	bool		sorted;
	Size		stride;			/* bytes of a group's states */

	MemoryContext context;
	MemoryContext strings;		/* sorted: bytes of keys */
	uint32		ngroups;
	uint32		room;
	char	   *states;
	SmolVector	keys[INDEX_MAX_KEYS];	/* of the groups */

	/* hashed: one key that is a word */
	words_hash *words;
	uint32		null_group;
	int64		window_low;
	uint32	   *window;			/* groups of the words from window_low on */

	/* hashed: other keys */
	keys_hash  *table;
	const SmolVector *rows;		/* looked for: this row of these */
	uint32		row;
};

/*
 * Are values of a type equal if and only if their bytes are, as stored?
 */
bool
smol_can_group(Oid type, const SmolColumnDesc *desc)
{
	switch (type)
	{
		case BOOLOID:
		case CHAROID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case MONEYOID:
		case PG_LSNOID:
		case XID8OID:
			return SmolImageIsInt(desc->image);
		case NUMERICOID:
			return desc->image == SMOL_IMAGE_DECIMAL;
		case UUIDOID:
		case MACADDROID:
		case MACADDR8OID:
		case BYTEAOID:
		case TEXTOID:
		case VARCHAROID:
		case NAMEOID:
			return !SmolImageIsWord(desc->image);
		default:
			return false;
	}
}

/* Leave out the rows that are not selected, in some room for what is left. */
void
smol_squeeze_vector(const SmolVector *room, SmolVector *vector,
					const uint16 *selection, uint32 n)
{
	SmolVector	from = *vector;

	if (from.words)
	{
		vector->words = room->words;
		for (uint32 i = 0; i < n; i++)
			room->words[i] = from.words[selection[i]];
	}
	if (from.slices)
	{
		vector->slices = room->slices;
		for (uint32 i = 0; i < n; i++)
			room->slices[i] = from.slices[selection[i]];
	}
	if (from.nulls)
	{
		vector->nulls = room->nulls;
		for (uint32 i = 0; i < n; i++)
			room->nulls[i] = from.nulls[selection[i]];
	}
}

/* Make room for more groups. */
static void
enlarge(SmolGroups *groups, uint32 room)
{
	MemoryContext old = MemoryContextSwitchTo(groups->context);

	Assert(room > groups->room);
#define ENLARGE(array, type) \
	((array) = (array) ? \
	 repalloc_huge((array), (Size) room * sizeof(type)) : \
	 MemoryContextAllocHuge(groups->context, (Size) room * sizeof(type)))

	if (groups->stride > 0)
	{
		if (groups->states)
			groups->states = repalloc_huge(groups->states, room * groups->stride);
		else
			groups->states = MemoryContextAllocHuge(groups->context, room * groups->stride);
		memset(groups->states + groups->room * groups->stride, 0,
			   (room - groups->room) * groups->stride);
	}
	for (int i = 0; i < groups->nkeys; i++)
	{
		if (SmolImageIsWord(groups->descs[i].image))
			ENLARGE(groups->keys[i].words, int64);
		else
			ENLARGE(groups->keys[i].slices, SmolSlice);
		ENLARGE(groups->keys[i].nulls, int64);
	}
#undef ENLARGE
	groups->room = room;
	MemoryContextSwitchTo(old);
}

/*
 * Groups by these columns, with so many bytes of states each, which start as
 * zeros.  Without keys there is one group.  Lives in the current memory
 * context.
 */
SmolGroups *
smol_create_groups(int nkeys, const SmolColumnDesc *descs, Size stride, bool sorted)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "smol groups",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	SmolGroups *groups = palloc0(sizeof(SmolGroups));

	groups->context = context;
	groups->nkeys = nkeys;
	memcpy(groups->descs, descs, sizeof(SmolColumnDesc) * nkeys);
	groups->stride = stride;
	groups->sorted = sorted;
	groups->null_group = NO_GROUP;
	if (nkeys == 0)
	{
		enlarge(groups, 1);
		groups->ngroups = 1;
	}
	else if (sorted)
		groups->strings = AllocSetContextCreate(context, "smol group keys",
												ALLOCSET_DEFAULT_SIZES);
	else if (nkeys == 1 && SmolImageIsWord(descs[0].image))
		groups->words = words_create(context, 256, NULL);
	else
		groups->table = keys_create(context, 256, groups);
	MemoryContextSwitchTo(old);
	return groups;
}

void
smol_free_groups(SmolGroups *groups)
{
	MemoryContextDelete(groups->context);
}

static inline bool
key_is_null(const SmolVector *key, uint32 i)
{
	return key->nulls && key->nulls[i];
}

/* Make a group of the row's keys. */
static uint32
add_group(SmolGroups *groups, const SmolVector *keys, uint32 row)
{
	MemoryContext strings = groups->sorted ? groups->strings : groups->context;
	uint32		group = groups->ngroups;

	if (group == groups->room)
		enlarge(groups, Max(groups->room * 2, 64));
	for (int i = 0; i < groups->nkeys; i++)
	{
		SmolVector *to = &groups->keys[i];

		to->nulls[group] = key_is_null(&keys[i], row);
		if (to->words)
			to->words[group] = keys[i].words[row];
		else if (to->nulls[group])
			to->slices[group].len = 0;
		else
		{
			SmolSlice	from = keys[i].slices[row];
			uint8	   *copy = MemoryContextAlloc(strings, Max(from.len, 1));

			if (from.len > 0)
				memcpy(copy, from.ptr, from.len);
			to->slices[group].ptr = copy;
			to->slices[group].len = from.len;
		}
	}
	groups->ngroups++;
	return group;
}

static inline bool
same_slice(SmolSlice a, SmolSlice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool
same_keys(const SmolGroups *groups, const SmolVector *a, uint32 i,
		  const SmolVector *b, uint32 k)
{
	for (int key = groups->nkeys - 1; key >= 0; key--)
	{
		bool		isnull = key_is_null(&a[key], i);

		if (isnull != key_is_null(&b[key], k))
			return false;
		if (isnull)
			continue;
		if (a[key].words ? a[key].words[i] != b[key].words[k] :
			!same_slice(a[key].slices[i], b[key].slices[k]))
			return false;
	}
	return true;
}

/* ---- sorted rows ---- */

/*
 * The end of the rows from 'first' on that have its keys.  What lies between two
 * rows of the same keys has them, too.
 */
static uint32
find_run_end(const SmolGroups *groups, const SmolVector *keys, uint32 first, uint32 n)
{
	uint32		low = first;
	uint32		high = n - 1;

	if (first + 1 == n || !same_keys(groups, keys, first, keys, first + 1))
		return first + 1;
	if (same_keys(groups, keys, first, keys, high))
		return n;
	for (uint32 step = 1; high - low > step; step *= 2)
	{
		if (!same_keys(groups, keys, first, keys, low + step))
		{
			high = low + step;
			break;
		}
		low += step;
	}
	while (high - low > 1)
	{
		uint32		middle = low + (high - low) / 2;

		if (same_keys(groups, keys, first, keys, middle))
			low = middle;
		else
			high = middle;
	}
	return high;
}

/*
 * Sorted rows: find the groups of n > 0 rows with these keys, or make them.
 * Returns the number of runs of the same group; there must be room for n.
 */
uint32
smol_find_runs(SmolGroups *groups, const SmolVector *keys, uint32 n, SmolGroupRun *runs)
{
	uint32		nruns = 0;

	Assert(groups->sorted && n > 0);
	for (uint32 first = 0; first < n; nruns++)
	{
		if (first == 0 && groups->ngroups > 0 &&
			same_keys(groups, groups->keys, groups->ngroups - 1, keys, 0))
			runs[0].group = groups->ngroups - 1;
		else
			runs[nruns].group = add_group(groups, keys, first);
		first = runs[nruns].end = find_run_end(groups, keys, first, n);
	}
	return nruns;
}

/*
 * Sorted rows: forget all groups but the last, which becomes number 0.
 */
void
smol_keep_last_group(SmolGroups *groups)
{
	uint32		last = groups->ngroups - 1;
	MemoryContext strings = groups->strings;

	Assert(groups->sorted && groups->ngroups > 0);
	if (last == 0)
		return;
	groups->strings = AllocSetContextCreate(groups->context, "smol group keys",
											ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < groups->nkeys; i++)
	{
		SmolVector *key = &groups->keys[i];

		key->nulls[0] = key->nulls[last];
		if (key->words)
			key->words[0] = key->words[last];
		else
		{
			SmolSlice	from = key->slices[last];
			uint8	   *copy = MemoryContextAlloc(groups->strings, Max(from.len, 1));

			if (from.len > 0)
				memcpy(copy, from.ptr, from.len);
			key->slices[0].ptr = copy;
			key->slices[0].len = from.len;
		}
	}
	MemoryContextDelete(strings);
	if (groups->stride > 0)
	{
		memcpy(groups->states, groups->states + last * groups->stride, groups->stride);
		memset(groups->states + groups->stride, 0, last * groups->stride);
	}
	groups->ngroups = 1;
}

/* ---- rows in any order ---- */

/* Choose the window, by some of the words. */
static void
place_window(SmolGroups *groups, const SmolVector *key, uint32 n)
{
	int64		low = PG_INT64_MAX;

	for (uint32 i = 0; i < n; i++)
		if (!key_is_null(key, i))
			low = Min(low, key->words[i]);
	groups->window_low = low < PG_INT64_MIN + WINDOW / 4 ? PG_INT64_MIN : low - WINDOW / 4;
	groups->window = MemoryContextAlloc(groups->context, sizeof(uint32) * WINDOW);
	memset(groups->window, 0xFF, sizeof(uint32) * WINDOW);
}

StaticAssertDecl(NO_GROUP == 0xFFFFFFFF, "a window is initialised by memset");

static void
find_words(SmolGroups *groups, const SmolVector *keys, uint32 n, uint32 *numbers)
{
	const int64 *words = keys[0].words;

	if (groups->window == NULL)
		place_window(groups, &keys[0], n);
	for (uint32 i = 0; i < n; i++)
	{
		int64		word = words[i];
		uint64		at = (uint64) word - (uint64) groups->window_low;
		uint32	   *group;

		if (unlikely(key_is_null(&keys[0], i)))
			group = &groups->null_group;
		else if (likely(at < WINDOW))
			group = &groups->window[at];
		else
		{
			bool		found;

			group = &words_insert(groups->words, word, &found)->group;
			if (!found)
				*group = NO_GROUP;
		}
		if (unlikely(*group == NO_GROUP))
			*group = add_group(groups, keys, i);
		numbers[i] = *group;
	}
}

/* simplehash: has the row that is looked for the keys of this group? */
static bool
row_has_keys(struct keys_hash *table, uint32 group)
{
	SmolGroups *groups = table->private_data;

	return same_keys(groups, groups->keys, group, groups->rows, groups->row);
}

static void
find_keys(SmolGroups *groups, const SmolVector *keys, uint32 n, uint32 *numbers)
{
	groups->rows = keys;
	for (uint32 i = 0; i < n; i++)
	{
		uint64		hash = 0;
		KeysEntry  *entry;
		bool		found;

		for (int k = 0; k < groups->nkeys; k++)
		{
			if (key_is_null(&keys[k], i))
				hash = murmurhash64(hash + 1);
			else if (keys[k].words)
				hash = murmurhash64(hash ^ (uint64) keys[k].words[i]);
			else
				hash = fasthash64((const char *) keys[k].slices[i].ptr,
								  keys[k].slices[i].len, hash);
		}
		groups->row = i;
		entry = keys_insert_hash(groups->table, ROW_KEY, (uint32) (hash >> 32), &found);
		if (!found)
			entry->group = add_group(groups, keys, i);
		numbers[i] = entry->group;
	}
}

/*
 * Rows in any order: find the groups of n rows with these keys, or make them.
 */
void
smol_find_groups(SmolGroups *groups, const SmolVector *keys, uint32 n, uint32 *numbers)
{
	Assert(!groups->sorted && groups->nkeys > 0);
	if (n == 0)
		return;
	if (groups->words)
		find_words(groups, keys, n, numbers);
	else
		find_keys(groups, keys, n, numbers);
}

uint32
smol_count_groups(const SmolGroups *groups)
{
	return groups->ngroups;
}

/* The states of group 0; those of group n are n strides behind. */
char *
smol_group_states(SmolGroups *groups)
{
	return groups->states;
}

/* The value of a key of a group; false if it is NULL. */
bool
smol_group_key(const SmolGroups *groups, uint32 group, int key, SmolValue *value)
{
	const SmolVector *keys = &groups->keys[key];

	if (keys->nulls[group])
		return false;
	if (keys->words)
		value->word = keys->words[group];
	else
		value->slice = keys->slices[group];
	return true;
}

/* The words of a key, of all groups; NULL if they are no words. */
const int64 *
smol_group_words(const SmolGroups *groups, int key)
{
	return groups->keys[key].words;
}

/* Bytes that the groups take. */
Size
smol_groups_memory(const SmolGroups *groups)
{
	return MemoryContextMemAllocated(groups->context, true);
}
