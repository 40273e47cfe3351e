#include "mine.hpp"

void mine_b(const Problem& problem, Answer& answer)
{
    mine(problem, answer);
}
