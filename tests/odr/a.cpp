#include "mine.hpp"

void mine_a(const Problem& problem, Answer& answer)
{
    mine(problem, answer);
}
