/* Text out: to stdout, into a buffer, into the collector's memory. */
#include "harness.h"

#include <fcntl.h>
#include <math.h>

static apus_tensor *leaf(void)
{
    apus_tensor *x = apus_arange(0, 3, 1, APUS_FLOAT32);

    apus_requires_grad_(x, true);
    return x;
}

/* What `print` writes to stdout. */
static const char *printed(void (*print)(void))
{
    static char text[4096];
    char path[] = "/tmp/apus-printing-XXXXXX";
    int file = mkstemp(path), before = dup(1);

    fflush(stdout);
    dup2(file, 1);
    print();
    fflush(stdout);
    dup2(before, 1);
    ssize_t size = pread(file, text, sizeof text - 1, 0);
    text[size > 0 ? size : 0] = '\0';
    close(file);
    close(before);
    unlink(path);
    return text;
}

static void print_some(void)
{
    printf("before\n");
    apus_print(leaf());
    printf("between, ");
    apus_print(apus_sum(leaf()));
    apus_print(apus_grad(leaf()));
    printf("after\n");
}

TEST(print_goes_to_stdout_in_order)
{
    CHECK_TEXT(printed(print_some),
               "before\n"
               "tensor([0., 1., 2.], requires_grad=True)\n"
               "between, tensor(3., grad_fn=<SumBackward0>)\n"
               "None\n"
               "after\n");
}

static void print_nothing(void)
{
    apus_print(NULL);
}

TEST(null_prints_none_unless_there_is_an_error)
{
    CHECK_TEXT(printed(print_nothing), "None\n");
    apus_select(leaf(), 0, 9);
    CHECK_TEXT(printed(print_nothing), "");
    CHECK(apus_print(NULL) != APUS_OK);
    CHECK_INT(apus_error_code(), APUS_ERROR_INDEX);
    apus_error_clear();
}

TEST(format_is_like_snprintf)
{
    const char *whole = "tensor([0., 1., 2.], requires_grad=True)";
    char text[64];

    CHECK_INT(apus_format(leaf(), NULL, 0), strlen(whole));
    CHECK_INT(apus_format(leaf(), text, sizeof text), strlen(whole));
    CHECK_TEXT(text, whole);
    CHECK_INT(apus_format(leaf(), text, 8), strlen(whole));
    CHECK_TEXT(text, "tensor(");
    CHECK_INT(apus_format(leaf(), text, 1), strlen(whole));
    CHECK_TEXT(text, "");
    text[0] = '?';
    CHECK_INT(apus_format(leaf(), text, 0), strlen(whole));
    CHECK(text[0] == '?');
}

TEST(an_item_is_written_as_python_writes_it)
{
    static const struct {
        double value;
        apus_dtype dtype;
        const char *text;
    } cases[] = {
        {3, APUS_INT64, "3"},          {-7, APUS_INT8, "-7"},
        {1, APUS_BOOL, "True"},        {0, APUS_BOOL, "False"},
        {3, APUS_FLOAT32, "3.0"},      {0.5, APUS_FLOAT64, "0.5"},
        {0.1, APUS_FLOAT64, "0.1"},    {0.1, APUS_FLOAT32,
                                        "0.10000000149011612"},
        {1e300, APUS_FLOAT64, "1e+300"}, {1e-5, APUS_FLOAT64, "1e-05"},
        {1e16, APUS_FLOAT64, "1e+16"}, {123456789, APUS_FLOAT64,
                                        "123456789.0"},
        {-0.0, APUS_FLOAT64, "-0.0"},  {INFINITY, APUS_FLOAT32, "inf"},
        {-INFINITY, APUS_FLOAT64, "-inf"}, {NAN, APUS_FLOAT32, "nan"},
    };
    char text[64];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        apus_tensor *x = apus_scalar_tensor(cases[i].value, cases[i].dtype);

        CHECK_INT(apus_format_item(x, text, sizeof text),
                  strlen(cases[i].text));
        CHECK_TEXT(text, cases[i].text);
    }
    FAILS(apus_format_item(leaf(), text, sizeof text), APUS_ERROR_RUNTIME,
          "a Tensor with 3 elements cannot be converted to Scalar");
}

TEST(texts_survive_as_long_as_they_are_pointed_to)
{
    const char *text = apus_to_string(leaf());

    for (int i = 0; i < 20000; i++)
        apus_to_string(apus_ones(LIST(8), APUS_FLOAT32));
    apus_collect();
    CHECK_TEXT(text, "tensor([0., 1., 2.], requires_grad=True)");
}

TEST(print_options)
{
    apus_tensor *x = apus_div_scalar(apus_arange(1, 11, 1, APUS_FLOAT32), 3);
    apus_print_options options = {
        .struct_size = sizeof options, .precision = 2, .threshold = 5,
        .edge_items = 2, .line_width = 80};

    CHECK_INT(apus_set_print_options(&options), APUS_OK);
    SHOWS(x, "tensor([0.33, 0.67,  ..., 3.00, 3.33])");
    options.threshold = 1000;
    options.line_width = 40;
    CHECK_INT(apus_set_print_options(&options), APUS_OK);
    SHOWS(x, "tensor([0.33, 0.67, 1.00, 1.33, 1.67,\n"
             "        2.00, 2.33, 2.67, 3.00, 3.33])");
    options.scientific = 1;
    options.line_width = 80;
    CHECK_INT(apus_set_print_options(&options), APUS_OK);
    SHOWS(apus_narrow(x, 0, 0, 3), "tensor([3.33e-01, 6.67e-01, 1.00e+00])");
    CHECK_INT(apus_set_print_options(NULL), APUS_OK);
    SHOWS(apus_narrow(x, 0, 0, 3), "tensor([0.3333, 0.6667, 1.0000])");
    options.edge_items = -1;
    FAILS(apus_set_print_options(&options), APUS_ERROR_VALUE,
          "print options must not be negative");
    SHOWS(apus_narrow(x, 0, 0, 3), "tensor([0.3333, 0.6667, 1.0000])");
}

TEST(options_beyond_all_bounds_do_no_harm)
{
    apus_tensor *x = apus_ones(LIST(3, 3), APUS_FLOAT32);
    apus_print_options options = {
        .struct_size = sizeof options, .precision = INT32_MAX,
        .threshold = INT64_MAX, .edge_items = INT64_MAX,
        .line_width = INT64_MAX};

    apus_set_print_options(&options);
    options.precision = 4;
    apus_set_print_options(&options);
    apus_to_string(x);
    options.threshold = options.edge_items = options.line_width = 0;
    apus_set_print_options(&options);
    apus_to_string(x);
    apus_error_clear();
    apus_set_print_options(NULL);
    SHOWS(x, "tensor([[1., 1., 1.],\n        [1., 1., 1.],\n"
             "        [1., 1., 1.]])");
}

TEST(gradient_functions_have_names)
{
    char name[32] = "?";
    apus_tensor *y = apus_tanh(leaf());

    CHECK_INT(apus_grad_fn_name(y, name, sizeof name), strlen("TanhBackward0"));
    CHECK_TEXT(name, "TanhBackward0");
    CHECK_INT(apus_grad_fn_name(leaf(), name, sizeof name), 0);
    CHECK_TEXT(name, "");
}

TEST(big_tensors_are_abridged)
{
    SHOWS(apus_arange(0, 1001, 1, 0),
          "tensor([   0,    1,    2,  ...,  998,  999, 1000])");
    SHOWS(apus_reshape(apus_arange(0, 1200, 1, 0), LIST(2, 600)),
          "tensor([[   0,    1,    2,  ...,  597,  598,  599],\n"
          "        [ 600,  601,  602,  ..., 1197, 1198, 1199]])");
}
