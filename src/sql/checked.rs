//! Arithmetic of whole numbers that fails where it overflows, as in conditions; DataFusion's own wraps around.

use std::sync::Arc;

use arrow::array::{ArrayRef, Datum};
use arrow::compute::kernels::numeric::{add, mul, sub};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use datafusion::common::DFSchema;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::logical_expr::binary::BinaryTypeCoercer;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, Operator, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion::physical_expr_common::datum::apply;

/// Puts [`Checked`] in the place of `+`, `-` and `*` between whole numbers.
#[derive(Debug)]
pub(super) struct CheckedArithmetic;

impl FunctionRewrite for CheckedArithmetic {
    fn name(&self) -> &'static str {
        "checked_arithmetic"
    }

    fn rewrite(&self, expression: Expr, schema: &DFSchema, _: &ConfigOptions) -> Result<Transformed<Expr>> {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = &expression else {
            return Ok(Transformed::no(expression));
        };
        let is_whole = |side: &Expr| side.get_type(schema).is_ok_and(|data_type| data_type.is_integer());
        if !matches!(op, Operator::Plus | Operator::Minus | Operator::Multiply) || !is_whole(left) || !is_whole(right) {
            return Ok(Transformed::no(expression));
        }
        let function = Checked { operator: *op, signature: Signature::user_defined(Volatility::Immutable) };
        let args = vec![left.as_ref().clone(), right.as_ref().clone()];
        let call = ScalarFunction { func: Arc::new(ScalarUDF::new_from_impl(function)), args };
        Ok(Transformed::yes(Expr::ScalarFunction(call)))
    }
}

/// An operator between whole numbers, with the types that DataFusion gives it.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    operator: Operator,
    signature: Signature,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &'static str {
        match self.operator {
            Operator::Plus => "plus",
            Operator::Minus => "minus",
            _ => "times",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let (left, right) = BinaryTypeCoercer::new(&types[0], &self.operator, &types[1]).get_input_types()?;
        Ok(vec![left, right])
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        BinaryTypeCoercer::new(&types[0], &self.operator, &types[1]).get_result_type()
    }

    // named as what it stands for: sets of groups are found by the names of their expressions
    fn schema_name(&self, arguments: &[Expr]) -> Result<String> {
        Ok(self.operation(arguments).schema_name().to_string())
    }

    fn display_name(&self, arguments: &[Expr]) -> Result<String> {
        Ok(self.operation(arguments).to_string())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let kernel: fn(&dyn Datum, &dyn Datum) -> std::result::Result<ArrayRef, ArrowError> = match self.operator {
            Operator::Plus => add,
            Operator::Minus => sub,
            _ => mul,
        };
        apply(&arguments.args[0], &arguments.args[1], kernel)
    }
}

impl Checked {
    /// Returns what the call stands for.
    fn operation(&self, arguments: &[Expr]) -> Expr {
        let [left, right] = [0, 1].map(|side| Box::new(arguments[side].clone()));
        Expr::BinaryExpr(BinaryExpr { left, op: self.operator, right })
    }
}
