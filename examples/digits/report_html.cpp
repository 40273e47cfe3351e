#include "report_html.hpp"
namespace digits {
std::string to_html(const Laboratory&, const std::vector<Result>&)
{
    return "";
}
}
