/*-------------------------------------------------------------------------
 *
 * codec_numbers.c
 *	  Numbers distinct strings as they come, from 0 in the order of coming.
 *
 * A column is encoded more than once on the way to a page, by several codecs and
 * for several numbers of rows.  What costs most in a column of strings is to
 * tell which are the same.  So it is done once, when a row is added.  As numbers
 * are given in order, the first rows of a column, however many, have the numbers
 * from 0 to some number.
 *
 * The table holds no bytes; the caller keeps them where they are.
 *
 * Copyright (c) 2026, the smol developers
 *
 * IDENTIFICATION
 *	  src/codec/codec_numbers.c
 *
 *-------------------------------------------------------------------------
 */
#include "codec/codec_impl.h"

#define NPLACES		lengthof(((SmolNumbers *) NULL)->places)

void
smol_reset_numbers(SmolNumbers *numbers)
{
	numbers->n = 0;
	memset(numbers->places, 0, sizeof(numbers->places));
}

/*
 * The number of a string, or SMOL_NO_NUMBER if it has none.  Then it gets one by
 * smol_add_number, which is to be called next if at all.
 */
uint32
smol_find_number(SmolNumbers *numbers, SmolSlice string)
{
	uint64		word = smol_first_bytes(string);
	uint32		place = smol_hash_string(string, word) % NPLACES;

	for (; numbers->places[place] != 0; place = (place + 1) % NPLACES)
	{
		uint32		number = numbers->places[place] - 1;
		SmolSlice	other = numbers->strings[number];

		if (numbers->words[number] == word && other.len == string.len &&
			(string.len <= sizeof(word) ||
			 memcmp(other.ptr + sizeof(word), string.ptr + sizeof(word),
					string.len - sizeof(word)) == 0))
			return number;
	}
	numbers->word = word;
	numbers->place = place;
	return SMOL_NO_NUMBER;
}

/*
 * The number of a string that had none, whose bytes will stay; SMOL_NO_NUMBER if
 * there are no more.
 */
uint32
smol_add_number(SmolNumbers *numbers, SmolSlice string)
{
	uint32		number = numbers->n;

	if (number == SMOL_MAX_NUMBERS)
		return SMOL_NO_NUMBER;
	numbers->words[number] = numbers->word;
	numbers->strings[number] = string;
	numbers->places[numbers->place] = (uint16) (number + 1);
	numbers->n++;
	return number;
}
