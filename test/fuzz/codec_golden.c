/*-------------------------------------------------------------------------
 *
 * codec_golden.c
 *	  Chunks as the format promises them, kept in files.
 *
 *	codec_golden FILE...			checks
 *	codec_golden --write FILE...	writes the chunk of each file anew
 *
 * A file has a line for each of these, and comments after '#':
 *
 *	codec NAME
 *	lane words|float4|float8|bytes
 *	fixed_len N			of bytes, 0 if they vary (and if the line is missing)
 *	values ...			may be repeated
 *	chunk HEX			may be repeated
 *
 * Values of words are V (decimal, or 0x and hexadecimal), V*N for N times the
 * same and FIRST+STEP*N for a sequence; of bytes "text" without blanks, or 0x
 * and hexadecimal, either of them with *N.
 *
 * Two things are checked: a reader gets the values out of the chunk, all at
 * once and one by one, and the writer makes that chunk of the values.  The
 * first may never change for a released version of the format.  The second
 * may: then keep the old file, and add one for what is written now.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  test/fuzz/codec_golden.c
 *
 *-------------------------------------------------------------------------
 */
#include "c.h"

#include "codec/codec_impl.h"

/* those of the C library: there is no libpgport here */
#undef printf
#undef fprintf

#define MAX_VALUES	100000
#define MAX_BYTES	(1024 * 1024)

typedef struct Golden
{
	const char *path;
	uint8		codec;
	SmolColumn	column;
	uint32		nchunk;
	int64	   *words;
	SmolSlice  *slices;
	uint8	   *bytes;			/* of slices */
	uint32		nbytes;
	uint8	   *chunk;
} Golden;

static int	passed = 0;
static int	failed = 0;

/* what Assert calls in a build with assertions */
void
ExceptionalCondition(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, condition);
	abort();
}

static void
give_up(const Golden *g, const char *why)
{
	fprintf(stderr, "%s: %s\n", g->path, why);
	exit(2);
}

static void *
allocate(Size size)
{
	void	   *p = calloc(1, size);

	if (p == NULL)
		abort();
	return p;
}

static uint32
parse_hex(const Golden *g, const char *text, uint8 *out, uint32 room)
{
	uint32		n = 0;
	unsigned int byte;

	for (; *text; text += 2)
	{
		if (n == room || sscanf(text, "%2x", &byte) != 1 || text[1] == '\0')
			give_up(g, "bad hexadecimal");
		out[n++] = (uint8) byte;
	}
	return n;
}

static void
add_word(Golden *g, int64 word)
{
	if (g->column.n == MAX_VALUES)
		give_up(g, "too many values");
	g->words[g->column.n++] = word;
}

static int64
parse_word(Golden *g, const char *text, char **end)
{
	if (text[0] == '0' && text[1] == 'x')
		return (int64) strtoull(text, end, 16);
	return strtoll(text, end, 10);
}

static void
parse_value(Golden *g, char *text)
{
	char	   *end;

	if (g->column.lane == SMOL_LANE_WORD)
	{
		int64		word = parse_word(g, text, &end);
		int64		step = 0;
		long		n = 1;

		if (*end == '+')
			step = parse_word(g, end + 1, &end);
		if (*end == '*')
			n = strtol(end + 1, &end, 10);
		if (*end != '\0')
			give_up(g, "bad value");
		for (long i = 0; i < n; i++)
			add_word(g, (int64) ((uint64) word + (uint64) step * (uint64) i));
	}
	else
	{
		SmolSlice	slice = {g->bytes + g->nbytes, 0};
		char	   *star = strrchr(text, '*');
		long		n = 1;

		if (star)
		{
			n = strtol(star + 1, &end, 10);
			*star = '\0';
		}
		if (text[0] == '0' && text[1] == 'x')
			slice.len = parse_hex(g, text + 2, g->bytes + g->nbytes, MAX_BYTES - g->nbytes);
		else
		{
			slice.len = (uint32) strlen(text);
			if (slice.len < 2 || text[0] != '"' || text[slice.len - 1] != '"')
				give_up(g, "bad value");
			slice.len -= 2;
			if (slice.len > MAX_BYTES - g->nbytes)
				give_up(g, "too many bytes");
			memcpy(g->bytes + g->nbytes, text + 1, slice.len);
		}
		g->nbytes += slice.len;
		for (long i = 0; i < n; i++)
		{
			if (g->column.n == MAX_VALUES)
				give_up(g, "too many values");
			g->slices[g->column.n++] = slice;
		}
	}
}

static void
parse_line(Golden *g, char *line)
{
	char	   *save;
	char	   *name = strtok_r(line, " \n", &save);
	char	   *word;

	if (name == NULL || name[0] == '#')
		return;
	while ((word = strtok_r(NULL, " \n", &save)) != NULL)
	{
		if (strcmp(name, "values") == 0)
			parse_value(g, word);
		else if (strcmp(name, "chunk") == 0)
			g->nchunk += parse_hex(g, word, g->chunk + g->nchunk, MAX_BYTES - g->nchunk);
		else if (strcmp(name, "fixed_len") == 0)
			g->column.fixed_len = (uint16) atoi(word);
		else if (strcmp(name, "lane") == 0)
		{
			g->column.lane = strcmp(word, "bytes") == 0 ? SMOL_LANE_BYTES : SMOL_LANE_WORD;
			if (strcmp(word, "float4") == 0)
				g->column.hint = SMOL_HINT_FLOAT4;
			if (strcmp(word, "float8") == 0)
				g->column.hint = SMOL_HINT_FLOAT8;
		}
		else if (strcmp(name, "codec") == 0)
		{
			while (smol_get_codec(g->codec) != NULL &&
				   strcmp(smol_get_codec(g->codec)->name, word) != 0)
				g->codec++;
			if (smol_get_codec(g->codec) == NULL)
				give_up(g, "no such codec");
		}
		else
			give_up(g, "bad line");
	}
}

static void
check(const Golden *g, bool ok, const char *what)
{
	if (ok)
	{
		passed++;
		return;
	}
	failed++;
	fprintf(stderr, "%s: %s\n", g->path, what);
}

static bool
same_value(const Golden *g, uint32 i, const SmolVec *vec, uint32 at)
{
	if (g->column.lane == SMOL_LANE_WORD)
		return vec->words[at] == g->words[i];
	return smol_same_slice(vec->slices[at], g->slices[i]);
}

static void
check_reading(const Golden *g)
{
	SmolChunk	chunk = {
		.lane = g->column.lane,
		.fixed_len = g->column.fixed_len,
		.codec = g->codec,
		.n = g->column.n,
		.data = g->chunk,
		.len = g->nchunk,
	};
	const char *wrong = smol_check_chunk(&chunk);
	Size		arena = smol_arena_size(&chunk, chunk.n);
	SmolVec		vec = {
		.words = allocate(sizeof(int64) * chunk.n),
		.slices = allocate(sizeof(SmolSlice) * chunk.n),
		.arena = allocate(arena + 1),
		.arena_size = arena,
	};
	bool		all = smol_decode_chunk(&chunk, 0, chunk.n, &vec);
	bool		each = true;

	check(g, wrong == NULL, wrong);
	for (uint32 i = 0; all && i < chunk.n; i++)
		all = same_value(g, i, &vec, i);
	check(g, all, "the chunk does not decode to the values");
	for (uint32 i = 0; each && i < chunk.n; i++)
		each = smol_decode_chunk(&chunk, i, 1, &vec) && same_value(g, i, &vec, 0);
	check(g, each, "the chunk does not decode to the values one by one");
	free(vec.words);
	free(vec.slices);
	free(vec.arena);
}

/* The file again, with other lines of chunk. */
static void
rewrite(const Golden *g, const uint8 *chunk, Size n)
{
	static char lines[4 * MAX_BYTES];
	char	   *line;
	char	   *save;
	FILE	   *file = fopen(g->path, "r");

	if (file == NULL)
		give_up(g, "can't open");
	lines[fread(lines, 1, sizeof(lines) - 1, file)] = '\0';
	fclose(file);
	file = fopen(g->path, "w");
	if (file == NULL)
		give_up(g, "can't write");
	for (line = strtok_r(lines, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (strncmp(line, "chunk ", 6) != 0)
			fprintf(file, "%s\n", line);
	for (Size i = 0; i < n; i++)
		fprintf(file, "%s%02x%s", i % 50 == 0 ? "chunk " : "", chunk[i],
				i % 50 == 49 || i == n - 1 ? "\n" : "");
	if (fclose(file) != 0)
		give_up(g, "can't write");
}

int
main(int argc, char **argv)
{
	static char line[4 * MAX_BYTES];
	bool		write = argc > 1 && strcmp(argv[1], "--write") == 0;
	SmolScratch scratch = {allocate(SMOL_SCRATCH_SIZE), SMOL_SCRATCH_SIZE, 0};
	uint8	   *out = allocate(MAX_BYTES);

	for (int i = write ? 2 : 1; i < argc; i++)
	{
		Golden		g = {
			.path = argv[i],
			.words = allocate(sizeof(int64) * MAX_VALUES),
			.slices = allocate(sizeof(SmolSlice) * MAX_VALUES),
			.bytes = allocate(MAX_BYTES),
			.chunk = allocate(MAX_BYTES),
		};
		FILE	   *file = fopen(g.path, "r");
		Size		size;

		if (file == NULL)
			give_up(&g, "can't open");
		while (fgets(line, sizeof(line), file))
			parse_line(&g, line);
		fclose(file);
		if (g.column.n == 0)
			give_up(&g, "no values");
		g.column.words = g.words;
		g.column.slices = g.slices;
		g.column.scratch = &scratch;

		size = smol_encode_column(&g.column, g.codec, out, MAX_BYTES);
		if (size == SMOL_NO_FIT)
			give_up(&g, "the codec declines the values");
		if (write)
			rewrite(&g, out, size);
		else
		{
			check_reading(&g);
			check(&g, size == g.nchunk && memcmp(out, g.chunk, size) == 0,
				  "the writer makes another chunk of the values");
			check(&g, smol_measure_column(&g.column, g.codec) == size,
				  "the writer measures other than it writes");
		}
		free(g.words);
		free(g.slices);
		free(g.bytes);
		free(g.chunk);
	}
	free(scratch.data);
	free(out);
	printf("golden: %d passed, %d failed\n", passed, failed);
	return failed > 0;
}
