/*-------------------------------------------------------------------------
 *
 * codec.c
 *	  The table of codecs, the choice among them, and the entry points that look
 * a chunk's codec up in the table.
 *
 * A codec is chosen by the bytes it takes and by nothing else; where two take
 * the same, by what decoding costs.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#ifdef SMOL_USE_AVX2
#include <immintrin.h>
#endif

/* by the number that is written to disk */
static const SmolCodec *const codecs[SMOL_NUM_CODECS] = {
	[SMOL_CODEC_PLAIN] = &smol_codec_plain,
	[SMOL_CODEC_RLE] = &smol_codec_rle,
	[SMOL_CODEC_FOR] = &smol_codec_for,
	[SMOL_CODEC_RADIX] = &smol_codec_radix,
	[SMOL_CODEC_AFFINE] = &smol_codec_affine,
	[SMOL_CODEC_DELTA] = &smol_codec_delta,
	[SMOL_CODEC_DICT] = &smol_codec_dict,
	[SMOL_CODEC_ALP] = &smol_codec_alp,
	[SMOL_CODEC_PATCH] = &smol_codec_patch,
	[SMOL_CODEC_STRINGS] = &smol_codec_strings,
};

/*
 * By what decoding costs, the cheapest first, as far as that goes with trying
 * early what makes the limit low for the others.
 */
static const uint8 by_cost[SMOL_NUM_CODECS] = {
	SMOL_CODEC_PLAIN,
	SMOL_CODEC_STRINGS,
	SMOL_CODEC_FOR,
	SMOL_CODEC_AFFINE,
	SMOL_CODEC_RLE,
	SMOL_CODEC_DELTA,
	SMOL_CODEC_PATCH,
	SMOL_CODEC_ALP,
	SMOL_CODEC_RADIX,
	SMOL_CODEC_DICT,
};

#define chunk_range_is_valid(in, first, n) \
	((first) <= (in)->n && (n) <= (in)->n - (first))

const SmolCodec *
smol_get_codec(uint8 id)
{
	return id < SMOL_NUM_CODECS ? codecs[id] : NULL;
}

/* ---- facts ---- */

/* Facts of the words from 'first' on, of which those before are known. */
static void
gather_words(const int64 *words, uint32 first, uint32 n, SmolFacts *facts)
{
	int64		min = facts->min;
	int64		max = facts->max;
	uint32		nrises = facts->nrises;
	uint32		nfalls = facts->nfalls;

	for (uint32 i = first; i < n; i++)
	{
		int64		word = words[i];

		min = Min(min, word);
		max = Max(max, word);
		nrises += word > words[i - 1];
		nfalls += word < words[i - 1];
	}
	facts->min = min;
	facts->max = max;
	facts->nrises = nrises;
	facts->nfalls = nfalls;
}

#ifdef SMOL_USE_AVX2
/* The same for as many as there are fours of them; returns the next one. */
static pg_noinline pg_attribute_target("avx2")
uint32
gather_words_avx2(const int64 *words, uint32 first, uint32 n, SmolFacts *facts)
{
	__m256i		min = _mm256_set1_epi64x(facts->min);
	__m256i		max = _mm256_set1_epi64x(facts->max);
	__m256i		rises = _mm256_setzero_si256();
	__m256i		falls = _mm256_setzero_si256();
	int64		lanes[4][4];

	for (; first + 4 <= n; first += 4)
	{
		__m256i		word = _mm256_loadu_si256((const __m256i *) (words + first));
		__m256i		before = _mm256_loadu_si256((const __m256i *) (words + first - 1));

		/* a comparison that is true is -1 */
		rises = _mm256_sub_epi64(rises, _mm256_cmpgt_epi64(word, before));
		falls = _mm256_sub_epi64(falls, _mm256_cmpgt_epi64(before, word));
		min = _mm256_blendv_epi8(min, word, _mm256_cmpgt_epi64(min, word));
		max = _mm256_blendv_epi8(max, word, _mm256_cmpgt_epi64(word, max));
	}
	_mm256_storeu_si256((__m256i *) lanes[0], min);
	_mm256_storeu_si256((__m256i *) lanes[1], max);
	_mm256_storeu_si256((__m256i *) lanes[2], rises);
	_mm256_storeu_si256((__m256i *) lanes[3], falls);
	for (int i = 0; i < 4; i++)
	{
		facts->min = Min(facts->min, lanes[0][i]);
		facts->max = Max(facts->max, lanes[1][i]);
		facts->nrises += (uint32) lanes[2][i];
		facts->nfalls += (uint32) lanes[3][i];
	}
	return first;
}
#endif

static void
gather_strings(const SmolColumn *in, SmolFacts *facts)
{
	const SmolSlice *slices = in->slices;
	uint32		min = slices[0].len;
	uint32		max = slices[0].len;
	uint64		total = slices[0].len;
	uint32		nruns = 1;

	for (uint32 i = 1; i < in->n; i++)
	{
		uint32		len = slices[i].len;

		total += len;
		if (in->numbers ? in->numbers[i] == in->numbers[i - 1] :
			smol_same_slice(slices[i - 1], slices[i]))
			continue;
		nruns++;
		min = Min(min, len);
		max = Max(max, len);
	}
	facts->min_len = min;
	facts->max_len = max;
	facts->total = total;
	facts->nruns = nruns;
}

void
smol_gather_facts(const SmolColumn *in, SmolFacts *facts)
{
	uint32		first = 1;

	memset(facts, 0, sizeof(*facts));
	if (in->lane != SMOL_LANE_WORD)
	{
		gather_strings(in, facts);
		return;
	}
	facts->min = facts->max = in->words[0];
#ifdef SMOL_USE_AVX2
	if (smol_has_avx2())
		first = gather_words_avx2(in->words, first, in->n, facts);
#endif
	gather_words(in->words, first, in->n, facts);
	facts->nruns = facts->nrises + facts->nfalls + 1;
}

static uint64
common_divisor(uint64 a, uint64 b)
{
	while (b != 0)
	{
		uint64		c = a % b;

		a = b;
		b = c;
	}
	return a;
}

/*
 * The greatest common divisor of what the values are above the least; 1 if
 * they are all the same.
 */
uint64
smol_divisor(const SmolColumn *in, SmolFacts *facts)
{
	uint64		min = (uint64) facts->min;
	uint64		divisor = (uint64) facts->max - min;
	SmolDivider divider;

	if (facts->divisor != 0)
		return facts->divisor;
	if (divisor == 0)
		divisor = 1;

	/* most often a few values are enough to see that there is none */
	for (uint32 i = 0; i < 8 && divisor > 1; i++)
		divisor = common_divisor(divisor,
								 (uint64) in->words[(uint64) in->n * i / 8] - min);

	/* by one everything is divided */
	smol_init_divider(&divider, divisor);
	for (uint32 i = 0; i < in->n; i++)
	{
		uint64		above = (uint64) in->words[i] - min;

		if (unlikely(!smol_divides(&divider, above)))
		{
			divisor = common_divisor(divisor, above);
			smol_init_divider(&divider, divisor);
		}
		if (divisor == 1)
			break;
	}
	facts->divisor = divisor;
	return divisor;
}

/* ---- sets of bytes ---- */

/* From an array, which is faster to fill byte by byte. */
void
smol_make_bits(const bool *members, uint64 *bits)
{
	for (int k = 0; k < 4; k++)
	{
		uint64		x = 0;

		for (int i = 63; i >= 0; i--)
			x = x << 1 | members[k * 64 + i];
		bits[k] = x;
	}
}

/* (pg_popcount64 is in a library, which we don't link when there is no server) */
int
smol_count_bits(const uint64 *bits)
{
	int			n = 0;

	for (int k = 0; k < 4; k++)
	{
		uint64		x = bits[k];

		x -= x >> 1 & UINT64CONST(0x5555555555555555);
		x = (x & UINT64CONST(0x3333333333333333)) +
			(x >> 2 & UINT64CONST(0x3333333333333333));
		x = (x + (x >> 4)) & UINT64CONST(0x0f0f0f0f0f0f0f0f);
		n += (int) (x * UINT64CONST(0x0101010101010101) >> 56);
	}
	return n;
}

/* The least member; there is one. */
uint8
smol_first_bit(const uint64 *bits)
{
	int			k = 0;

	while (bits[k] == 0)
		k++;
	return (uint8) (k * 64 + pg_rightmost_one_pos64(bits[k]));
}

uint8
smol_last_bit(const uint64 *bits)
{
	int			k = 3;

	while (bits[k] == 0)
		k--;
	return (uint8) (k * 64 + pg_leftmost_one_pos64(bits[k]));
}

uint8 *
smol_put_alphabet(uint8 *out, const uint64 *bits, uint8 first, uint8 last)
{
	int			nbytes = (last - first) / 8 + 1;

	*out++ = first;
	*out++ = (uint8) nbytes;
	memset(out, 0, nbytes);
	for (int b = first; b <= last; b++)
		if (smol_has_bit(bits, b))
			out[(b - first) / 8] |= (uint8) (1 << (b - first) % 8);
	return out + nbytes;
}

/*
 * The members in order, of which there may be 256; returns their number, or
 * -1.
 */
int
smol_get_alphabet(SmolInput *input, uint8 *symbols)
{
	int			n = 0;
	uint8		first;
	uint8		nbytes;

	if (!smol_get_byte(input, &first) || !smol_get_byte(input, &nbytes) ||
		smol_left(input) < nbytes)
		return -1;
	for (int i = 0; i < nbytes; i++)
	{
		for (uint32 bits = input->at[i]; bits != 0; bits &= bits - 1)
		{
			int			b = first + i * 8 + pg_rightmost_one_pos32(bits);

			if (b > 255)
				return -1;
			symbols[n++] = (uint8) b;
		}
	}
	input->at += nbytes;
	return n;
}

/* ---- the choice ---- */

static inline bool
records_picks(const SmolColumn *in)
{
	return in->picks && in->picks->mode == SMOL_PICKS_RECORD;
}

/* Copy picks from a start on. */
static inline void
copy_picks(SmolPicks *to, const SmolPicks *from, int start)
{
	to->n = from->n;
	for (int i = start; i < Min(from->n, SMOL_MAX_PICKS); i++)
		to->picks[i] = from->picks[i];
}

/* Note what was picked for an inner chunk, before those in it. */
static inline void
note_pick(SmolPicks *picks, int at, uint32 mask, uint8 codec)
{
	if (at >= SMOL_MAX_PICKS)
		return;
	picks->picks[at].mask = mask;
	picks->picks[at].codec = codec;
}

/*
 * Encode an inner chunk with the codec that was picked for it before, in the
 * scratch.  If there is none, or it can't, picks are not followed any further.
 */
static bool
follow_pick(const SmolColumn *in, uint32 mask, SmolInner *inner)
{
	SmolPicks  *picks = in->picks;
	Size		used = smol_scratch_used(in->scratch);
	SmolFacts	facts;
	uint8	   *room;

	if (picks->at < picks->n && picks->picks[picks->at].mask == mask &&
		(room = smol_take_scratch(in->scratch, picks->cap)) != NULL)
	{
		inner->codec = picks->picks[picks->at++].codec;
		smol_gather_facts(in, &facts);
		inner->chunk = codecs[inner->codec]->encode(in, &facts, room, picks->cap);
		inner->bytes = room;
		if (inner->chunk != SMOL_NO_FIT)
		{
			smol_return_scratch(in->scratch, used + MAXALIGN64(inner->chunk));
			return true;
		}
		smol_return_scratch(in->scratch, used);
	}
	picks->mode = SMOL_PICKS_IGNORE;
	return false;
}

/*
 * The codec of a mask that takes the fewest bytes.  *bytes is SMOL_NO_FIT if
 * none takes fewer than limit.
 */
uint8
smol_choose_among(const SmolColumn *in, SmolFacts *facts, uint32 mask,
				  Size limit, Size *bytes)
{
	uint8		best = SMOL_CODEC_PLAIN;
	SmolPicks  *picks = records_picks(in) ? in->picks : NULL;
	int			start = picks ? picks->n : 0;
	SmolPicks	kept;

	Assert(in->n > 0);
	kept.n = start;
	*bytes = SMOL_NO_FIT;
	for (int i = 0; i < SMOL_NUM_CODECS; i++)
	{
		Size		size;

		if ((mask & SMOL_CODEC_BIT(by_cost[i])) == 0)
			continue;
		size = codecs[by_cost[i]]->measure(in, facts, limit);

		/* SMOL_NO_FIT is more than any limit, or the same */
		if (size < limit)
		{
			*bytes = limit = size;
			best = by_cost[i];
			if (picks)
				copy_picks(&kept, picks, start);
		}
		if (picks)
			picks->n = start;
	}
	if (picks)
		copy_picks(picks, &kept, start);
	return best;
}

/*
 * The codec that takes the fewest bytes, of all or of the quick ones.  *bytes is
 * SMOL_NO_FIT if none can take the column.
 */
uint8
smol_choose_for(const SmolColumn *in, SmolFacts *facts, Size *bytes)
{
	const uint32 quick = SMOL_CODEC_BIT(SMOL_CODEC_PLAIN) | SMOL_CHEAP_WORDS;

	return smol_choose_among(in, facts, in->quick ? quick : PG_UINT32_MAX,
							 SMOL_NO_FIT, bytes);
}

uint8
smol_choose_codec(const SmolColumn *in, Size *bytes)
{
	SmolFacts	facts;

	smol_gather_facts(in, &facts);
	return smol_choose_for(in, &facts, bytes);
}

/* What a given codec takes. */
Size
smol_measure_column(const SmolColumn *in, uint8 codec)
{
	SmolFacts	facts;

	smol_gather_facts(in, &facts);
	return codecs[codec]->measure(in, &facts, SMOL_NO_FIT);
}

Size
smol_encode_column(const SmolColumn *in, uint8 codec, uint8 *out, Size cap)
{
	SmolFacts	facts;

	smol_gather_facts(in, &facts);
	return codecs[codec]->encode(in, &facts, out, cap);
}

/* ---- inner chunks ---- */

/*
 * Choose a codec for an inner chunk.  Returns its size with its header, which
 * is SMOL_NO_FIT if that is not below the limit.
 */
Size
smol_measure_inner(const SmolColumn *in, uint32 mask, bool last, Size limit,
				   SmolInner *inner)
{
	SmolFacts	facts;
	int			at = 0;

	if (!smol_follows_picks(in) || !follow_pick(in, mask, inner))
	{
		inner->bytes = NULL;
		if (records_picks(in))
			at = in->picks->n++;
		smol_gather_facts(in, &facts);
		inner->codec = smol_choose_among(in, &facts, mask, limit, &inner->chunk);
		if (records_picks(in))
			note_pick(in->picks, at, mask, inner->codec);
	}
	inner->size = inner->chunk;
	if (inner->chunk != SMOL_NO_FIT)
		inner->size = smol_fit((uint64) inner->chunk + 1 +
							   (last ? 0 : smol_varint_bytes((uint32) inner->chunk)));
	if (inner->size >= limit)
		inner->size = SMOL_NO_FIT;
	return inner->size;
}

/* Write an inner chunk that was measured before; returns its end. */
uint8 *
smol_encode_inner(const SmolColumn *in, const SmolInner *inner, bool last,
				  uint8 *out)
{
	SmolFacts	facts;
	Size		size PG_USED_FOR_ASSERTS_ONLY;

	*out++ = inner->codec;
	if (!last)
		out = smol_put_varint(out, (uint32) inner->chunk);
	if (inner->bytes)
	{
		memcpy(out, inner->bytes, inner->chunk);
		return out + inner->chunk;
	}
	smol_gather_facts(in, &facts);
	size = codecs[inner->codec]->encode(in, &facts, out, inner->chunk);
	Assert(size == inner->chunk);
	return out + inner->chunk;
}

/* False if there is none of a codec in the mask. */
bool
smol_open_inner(SmolInput *input, uint32 mask, bool last, SmolLane lane,
				uint16 fixed_len, uint32 n, SmolChunk *chunk)
{
	uint32		len;

	if (!smol_get_byte(input, &chunk->codec) ||
		chunk->codec >= SMOL_NUM_CODECS ||
		(mask & SMOL_CODEC_BIT(chunk->codec)) == 0)
		return false;
	if (last)
		len = smol_left(input);
	else if (!smol_get_varint(input, &len) || len > smol_left(input))
		return false;
	chunk->lane = lane;
	chunk->fixed_len = fixed_len;
	chunk->n = n;
	chunk->data = input->at;
	chunk->len = len;
	input->at += len;
	return true;
}

/* ---- entry points ---- */

bool
smol_decode_chunk(const SmolChunk *in, uint32 first, uint32 n, SmolVec *out)
{
	const SmolCodec *codec = smol_get_codec(in->codec);

	Assert(chunk_range_is_valid(in, first, n));
	return codec != NULL && codec->decode(in, first, n, out);
}

/* Bytes of arena that decoding n values takes at most. */
Size
smol_arena_size(const SmolChunk *in, uint32 n)
{
	const SmolCodec *codec = smol_get_codec(in->codec);

	if (codec == NULL || codec->arena_size == NULL)
		return 0;
	return codec->arena_size(in, n);
}

typedef struct DecodeState
{
	const SmolChunk *in;
	uint8		arena[SMOL_MAX_ARENA_WIDTH];
} DecodeState;

static bool
fetch_decoded(void *state, uint32 i, int64 *word, SmolSlice *slice)
{
	DecodeState *s = state;
	SmolVec		vec = {.words = word,.slices = slice,.arena = s->arena};

	return smol_decode_chunk(s->in, i, 1, &vec);
}

/* For codecs that can't search what they have encoded. */
static uint32
seek_by_decode(const SmolChunk *in, uint32 first, uint32 n,
			   const SmolKey *key, SmolBound bound)
{
	DecodeState state;

	state.in = in;
	return smol_search(fetch_decoded, &state, first, n, key, bound);
}

uint32
smol_seek_chunk(const SmolChunk *in, uint32 first, uint32 n,
				const SmolKey *key, SmolBound bound)
{
	const SmolCodec *codec = smol_get_codec(in->codec);

	Assert(chunk_range_is_valid(in, first, n));
	Assert(!key->direct || in->lane == SMOL_LANE_WORD);
	if (codec == NULL)
		return SMOL_SEEK_CORRUPT;
	if (codec->seek == NULL)
		return seek_by_decode(in, first, n, key, bound);
	return codec->seek(in, first, n, key, bound);
}

const char *
smol_check_chunk(const SmolChunk *in)
{
	const SmolCodec *codec = smol_get_codec(in->codec);

	if (codec == NULL)
		return "unknown codec";
	return codec->check(in);
}
