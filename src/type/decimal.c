/*-------------------------------------------------------------------------
 *
 * decimal.c
 *	  Numerics of one scale, as scaled integers.
 *
 * A numeric(p,s) of few digits is stored as the integer that it is times
 * 10^s, and made again of it to the last byte: PostgreSQL has one way to write
 * such a number with s digits after the point.
 *
 * This file knows the bytes of a numeric, which are as PostgreSQL's numeric.c
 * has them and, being on disk, stay so.  Behind the varlena header come a
 * header of 16 bits (short form: flag, sign, scale and weight) or 32 bits
 * (long form: flag, sign and scale, then weight), and then digits to the base
 * of 10000, the first of which counts 10000^weight.  Zeros at both ends are
 * left out.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/type/decimal.c
 *
 *-------------------------------------------------------------------------
 */
#include "smol.h"

#include "common/int.h"
#include "type/smoltype.h"
#include "varatt.h"

#define BASE			10000
#define BASE_DIGITS		4

/* the header's first 16 bits */
#define FORM_MASK		0xC000
#define FORM_LONG_NEG	0x4000	/* long forms have neither of these or one */
#define FORM_SHORT		0x8000
#define FORM_SPECIAL	0xC000
#define SPECIAL_MASK	0xF000
#define SPECIAL_NAN		0xC000
#define SPECIAL_PINF	0xD000
#define SHORT_SIGN		0x2000
#define SHORT_SCALE(s)	((s) << 7)
#define SHORT_MAX_SCALE	0x3F
#define SHORT_WEIGHT_SIGN	0x0040
#define SHORT_WEIGHT	0x003F

/* A magnitude from here on is beyond all decimals. */
#define BEYOND			((uint64) 1 << 62)

/* So many digits are far from it, and need no looking out. */
#define SHORT_DIGITS	16

static const uint64 powers[] = {1, 10, 100, 1000, BASE};

/* acc * factor + digit; BEYOND if that is as much */
static inline uint64
shift_in(uint64 acc, uint64 factor, uint64 digit)
{
	if (pg_mul_u64_overflow(acc, factor, &acc) ||
		pg_add_u64_overflow(acc, digit, &acc) || acc > BEYOND)
		return BEYOND;
	return acc;
}

/* A numeric that is a number, taken apart. */
typedef struct Parts
{
	bool		negative;
	int			weight;
	const char *digits;			/* not aligned */
	int			ndigits;
} Parts;

static inline void
take_apart(const char *bytes, Size len, uint16 header, Parts *parts)
{
	if ((header & FORM_MASK) == FORM_SHORT)
	{
		parts->negative = (header & SHORT_SIGN) != 0;
		parts->weight = header & SHORT_WEIGHT;
		if (header & SHORT_WEIGHT_SIGN)
			parts->weight |= ~SHORT_WEIGHT;
		parts->digits = bytes + sizeof(uint16);
	}
	else
	{
		int16		weight;

		parts->negative = (header & FORM_MASK) == FORM_LONG_NEG;
		memcpy(&weight, bytes + sizeof(uint16), sizeof(weight));
		parts->weight = weight;
		parts->digits = bytes + 2 * sizeof(uint16);
	}
	parts->ndigits = (int) ((bytes + len - parts->digits) / (Size) sizeof(int16));
}

static inline int16
get_digit(const Parts *parts, int i)
{
	int16		digit;

	memcpy(&digit, parts->digits + sizeof(int16) * i, sizeof(digit));
	return digit;
}

/* The first so many of a group's digits; 'rest' if there are others but zeros. */
static inline uint64
cut_group(int16 group, int ndigits, bool *rest)
{
	int			kept = group;
	int			unit = 1;

	/* so that all divisions are by constants */
	switch (ndigits)
	{
		case 1:
			kept = group / 1000;
			unit = 1000;
			break;
		case 2:
			kept = group / 100;
			unit = 100;
			break;
		case 3:
			kept = group / 10;
			unit = 10;
			break;
	}
	*rest |= kept * unit != group;
	return (uint64) kept;
}

/*
 * The integer w with w <= value * 10^scale < w + 1.  'between' says that it is
 * not w itself.  What is beyond all decimals comes out beyond them, in order.
 */
int64
smol_numeric_to_word(struct varlena *numeric, int scale, bool *between)
{
	const char *bytes = VARDATA_ANY(numeric);
	Size		len = VARSIZE_ANY_EXHDR(numeric);
	Parts		parts;
	uint16		header;
	int			next = 0;
	uint64		acc = 0;
	bool		rest = false;

	*between = false;
	memcpy(&header, bytes, sizeof(header));
	if ((header & FORM_MASK) == FORM_SPECIAL)
	{
		if ((header & SPECIAL_MASK) == SPECIAL_NAN)
			return SMOL_DECIMAL_NAN;
		*between = true;
		return (header & SPECIAL_MASK) == SPECIAL_PINF ?
			SMOL_DECIMAL_NAN - 1 : PG_INT64_MIN;
	}
	take_apart(bytes, len, header, &parts);

	/* before the point, then as many digits behind it as the scale has */
	if (parts.weight >= -1 && (parts.weight + 1) * BASE_DIGITS + scale <= SHORT_DIGITS)
	{
		int			ngroups = parts.weight + 1 + scale / BASE_DIGITS;
		int			more = scale % BASE_DIGITS;

		for (int i = 0; i < ngroups; i++)
			acc = acc * BASE + (next < parts.ndigits ? get_digit(&parts, next++) : 0);
		if (more > 0)
			acc = acc * powers[more] +
				(next < parts.ndigits ? cut_group(get_digit(&parts, next++), more, &rest) : 0);
	}
	else
	{
		for (int at = Max(parts.weight, -1); (at >= 0 || scale > 0) && acc < BEYOND; at--)
		{
			int			take = at >= 0 ? BASE_DIGITS : Min(scale, BASE_DIGITS);
			int16		digit = 0;

			if (at <= parts.weight && next < parts.ndigits)
				digit = get_digit(&parts, next++);
			acc = shift_in(acc, powers[take], cut_group(digit, take, &rest));
			if (at < 0)
				scale -= take;
		}
	}
	for (; next < parts.ndigits; next++)
		rest |= get_digit(&parts, next) != 0;

	if (acc >= BEYOND)
	{
		*between = true;
		return parts.negative ? PG_INT64_MIN : SMOL_DECIMAL_NAN - 1;
	}
	*between = rest;
	if (parts.negative)
		return -(int64) acc - (rest ? 1 : 0);
	return (int64) acc;
}

/*
 * A word as a numeric, without its varlena header, in the short form.  'out'
 * has room for SMOL_DECIMAL_BYTES; returns how many were needed.  Any word will
 * do.
 */
uint32
smol_word_to_numeric(int64 word, int scale, uint8 *out)
{
	int16		groups[SMOL_DECIMAL_BYTES / sizeof(int16)]; /* least first */
	int			ngroups = 0;
	int			fraction = (scale + BASE_DIGITS - 1) / BASE_DIGITS;
	int			first = 0;
	int			weight = 0;
	uint64		rest = word < 0 ? -(uint64) word : (uint64) word;
	uint16		header;
	uint8	   *p = out;

	if (word == SMOL_DECIMAL_NAN)
	{
		header = SPECIAL_NAN;
		memcpy(p, &header, sizeof(header));
		return sizeof(header);
	}

	/* the last group behind the point may be of less than four digits */
	if (scale % BASE_DIGITS != 0)
	{
		uint64		part = powers[scale % BASE_DIGITS];

		groups[ngroups++] = (int16) (rest % part * (BASE / part));
		rest /= part;
	}
	for (; rest > 0 || ngroups < fraction; rest /= BASE)
		groups[ngroups++] = (int16) (rest % BASE);

	while (ngroups > 0 && groups[ngroups - 1] == 0)
		ngroups--;
	while (first < ngroups && groups[first] == 0)
		first++;
	if (ngroups > 0)
		weight = ngroups - 1 - fraction;

	header = FORM_SHORT | SHORT_SCALE(scale) | (weight & SHORT_WEIGHT);
	if (weight < 0)
		header |= SHORT_WEIGHT_SIGN;
	if (word < 0)
		header |= SHORT_SIGN;
	memcpy(p, &header, sizeof(header));
	p += sizeof(header);
	for (int i = ngroups - 1; i >= first; i--, p += sizeof(int16))
		memcpy(p, &groups[i], sizeof(int16));
	return (uint32) (p - out);
}

/*
 * Is this numeric what would be made of its word again, byte for byte?
 */
bool
smol_numeric_is_decimal(struct varlena *numeric, int scale)
{
	uint8		again[SMOL_DECIMAL_BYTES];
	bool		between;
	int64		word = smol_numeric_to_word(numeric, scale, &between);
	uint16		header;
	Parts		parts;
	uint32		len;

	if (between || word <= -SMOL_DECIMAL_LIMIT ||
		(word >= SMOL_DECIMAL_LIMIT && word != SMOL_DECIMAL_NAN))
		return false;

	/* the usual form has one way to write a number, zeros at the ends apart */
	memcpy(&header, VARDATA_ANY(numeric), sizeof(header));
	if ((header & FORM_MASK) == FORM_SHORT)
	{
		take_apart(VARDATA_ANY(numeric), VARSIZE_ANY_EXHDR(numeric), header, &parts);
		if ((header & SHORT_SCALE(SHORT_MAX_SCALE)) != SHORT_SCALE(scale) ||
			VARSIZE_ANY_EXHDR(numeric) % sizeof(int16) != 0)
			return false;
		if (parts.ndigits == 0)
			return parts.weight == 0 && !parts.negative;
		for (int i = 0; i < parts.ndigits; i++)
			if (get_digit(&parts, i) < 0 || get_digit(&parts, i) >= BASE)
				return false;
		return get_digit(&parts, 0) != 0 && get_digit(&parts, parts.ndigits - 1) != 0;
	}

	len = smol_word_to_numeric(word, scale, again);
	return len == VARSIZE_ANY_EXHDR(numeric) &&
		memcmp(again, VARDATA_ANY(numeric), len) == 0;
}

/*
 * Any numeric in the form that all have which are equal to it: without its scale,
 * nor zeros at the ends of its digits.  What is too short to be one stays as it is.
 */
SmolSlice
smol_normal_numeric(SmolSlice numeric, uint8 *room)
{
	const char *bytes = (const char *) numeric.ptr;
	SmolSlice	form = {room, 0};
	uint16		header;
	int16		weight;
	Parts		parts;
	int			first = 0;

	if (numeric.len < sizeof(header))
		return numeric;

	memcpy(&header, bytes, sizeof(header));
	if ((header & FORM_MASK) == FORM_SPECIAL)
	{
		header &= SPECIAL_MASK;
		memcpy(room, &header, sizeof(header));
		form.len = sizeof(header);
		return form;
	}
	if ((header & FORM_MASK) != FORM_SHORT && numeric.len < 2 * sizeof(header))
		return numeric;

	take_apart(bytes, numeric.len, header, &parts);
	while (parts.ndigits > 0 && get_digit(&parts, parts.ndigits - 1) == 0)
		parts.ndigits--;
	while (first < parts.ndigits && get_digit(&parts, first) == 0)
		first++;

	header = parts.negative && first < parts.ndigits ? FORM_LONG_NEG : 0;
	weight = first < parts.ndigits ? (int16) (parts.weight - first) : 0;
	memcpy(room, &header, sizeof(header));
	memcpy(room + sizeof(header), &weight, sizeof(weight));
	form.len = sizeof(header) + sizeof(weight);
	memcpy(room + form.len, parts.digits + sizeof(int16) * first,
		   sizeof(int16) * (parts.ndigits - first));
	form.len += sizeof(int16) * (parts.ndigits - first);
	return form;
}
